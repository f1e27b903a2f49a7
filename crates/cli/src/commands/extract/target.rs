//! Where keys go: a file whose name says its form, or a server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The port that servers listen on unless they are told otherwise.
const PORT: u16 = 6379;

/// Where keys go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// A file that does not exist yet.
    File(Form, PathBuf),
    /// A running server or cluster.
    Server(Address),
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// An RDB file.
    Rdb,
    /// Commands on the wire.
    Resp,
    /// JSON lines.
    Jsonl,
}

/// A server, or any node of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Whether the connection is encrypted.
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// The database that all keys go to; without one, each goes to the one that it came from.
    pub(super) db: Option<u64>,
}

impl FromStr for To {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains("://") {
            return text.parse().map(Self::Server);
        }
        let form = match Path::new(text).extension().and_then(|extension| extension.to_str()) {
            Some("rdb") => Form::Rdb,
            Some("resp") => Form::Resp,
            Some("jsonl") => Form::Jsonl,
            Some(_) | None => {
                return Err(
                    "name a file that ends in .rdb, .resp or .jsonl, or a server as redis://HOST".to_owned()
                );
            }
        };
        Ok(Self::File(form, text.into()))
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (tls, rest) = match text.split_once("://") {
            Some(("redis" | "valkey", rest)) => (false, rest),
            Some(("rediss" | "valkeys", rest)) => (true, rest),
            Some(_) | None => return Err("write redis://HOST[:PORT][/DB], or rediss:// for TLS".to_owned()),
        };
        // Command lines are seen by everybody on a machine, and stay in histories.
        if rest.contains('@') {
            return Err(
                "keep names and passwords out of the address: use --user and --password-file".to_owned()
            );
        }
        let (host, db) = rest.split_once('/').map_or((rest, ""), |(host, db)| (host, db));
        let db = match db {
            "" => None,
            db => Some(db.parse().map_err(|_| format!("`{db}` is no number of a database"))?),
        };
        let (host, port) = host_and_port(host)?;
        Ok(Self { tls, host, port, db })
    }
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`.
fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err("name a host, as in redis://127.0.0.1:6379".to_owned());
    }
    let port = port.map_or(Ok(PORT), |port| port.parse().map_err(|_| format!("`{port}` is no port")))?;
    Ok((host.to_owned(), port))
}

impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(_, path) => path.display().fmt(f),
            Self::Server(address) => address.fmt(f),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host) = (if self.tls { "rediss" } else { "redis" }, &self.host);
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{}", self.port)?;
        } else {
            write!(f, "{scheme}://{host}:{}", self.port)?;
        }
        self.db.map_or(Ok(()), |db| write!(f, "/{db}"))
    }
}

/// `OLD=NEW`: keys that begin with the one begin with the other instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rename {
    old: String,
    new: String,
}

impl FromStr for Rename {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (old, new) = text.split_once('=').ok_or("write OLD=NEW, as in sessions:=restored:sessions:")?;
        Ok(Self { old: old.to_owned(), new: new.to_owned() })
    }
}

/// The name that a key gets: the first rename that fits its beginning changes it.
pub(super) fn renamed(key: Vec<u8>, renames: &[Rename]) -> Vec<u8> {
    let fitting = renames.iter().find_map(|rename| {
        key.strip_prefix(rename.old.as_bytes()).map(|rest| [rename.new.as_bytes(), rest].concat())
    });
    fitting.unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_file_of_a_known_form_or_a_server() {
        assert_eq!("a/b.rdb".parse(), Ok(To::File(Form::Rdb, "a/b.rdb".into())));
        assert_eq!("b.jsonl".parse(), Ok(To::File(Form::Jsonl, "b.jsonl".into())));
        for (text, shown) in [
            ("redis://cache", "redis://cache:6379"),
            ("rediss://cache:6380/2", "rediss://cache:6380/2"),
            ("valkey://[::1]:7000", "redis://[::1]:7000"),
            ("redis://cache/", "redis://cache:6379"),
        ] {
            assert_eq!(text.parse::<To>().map(|to| to.to_string()), Ok(shown.to_owned()));
        }
        for bad in ["b", "b.json", "http://cache", "redis://", "redis://cache:x", "redis://cache/x"] {
            assert!(bad.parse::<To>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let refused = "redis://default:hunter2@cache".parse::<To>().unwrap_err();
        assert!(refused.contains("--password-file") && !refused.contains("hunter2"), "{refused}");
    }

    #[test]
    fn the_first_rename_that_fits_changes_the_beginning_of_a_key() {
        let renames: Vec<Rename> =
            ["sessions:=old:", "sess=x", "=all:"].map(|text| text.parse().unwrap()).into();
        let name = |key: &[u8], count| renamed(key.to_vec(), &renames[..count]);
        assert_eq!(name(b"sessions:1", 2), b"old:1");
        assert_eq!(name(b"sessio", 2), b"xio");
        assert_eq!(name(b"my:sessions:1", 2), b"my:sessions:1");
        assert_eq!(name(b"\xff", 3), b"all:\xff");
    }
}
