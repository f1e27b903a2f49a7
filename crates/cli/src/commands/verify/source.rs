//! What is verified: a file, standard input, or an object in S3.

use std::fmt;
use std::str::FromStr;

use crate::input::Input;

/// What is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file or standard input.
    Input(Input),
    /// An object in S3.
    Object(ObjectUrl),
}

/// `s3://bucket/key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectUrl {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("s3://") {
            text.parse().map(Self::Object)
        } else {
            Ok(Self::Input(Input::of(text)))
        }
    }
}

impl FromStr for ObjectUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => {
                Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
            }
            Some(_) | None => {
                Err("name a bucket and a key, as in s3://backups/redis/orders-0001.rdb".to_owned())
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(input) => input.fmt(f),
            Self::Object(url) => url.fmt(f),
        }
    }
}

impl fmt::Display for ObjectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_s3_url_has_a_bucket_and_a_key_and_all_else_is_a_file() {
        let url = ObjectUrl { bucket: "b".to_owned(), key: "a/b.rdb".to_owned() };
        assert_eq!("s3://b/a/b.rdb".parse(), Ok(Source::Object(url)));
        assert_eq!("-".parse(), Ok(Source::Input(Input::Stdin)));
        assert_eq!("./s3".parse(), Ok(Source::Input(Input::File("./s3".into()))));
        for bad in ["s3://", "s3://bucket", "s3://bucket/", "s3:///key"] {
            assert!(bad.parse::<Source>().unwrap_err().contains("bucket and a key"));
        }
    }
}
