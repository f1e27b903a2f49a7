//! A connection to a server or cluster: commands go out together, and answers come back in their order.

use std::time::Duration;

use cachekeep_rdb::write::commands::Batched;
use redis::cluster::{ClusterClientBuilder, ClusterConnection};
use redis::{
    Client, Cmd, Connection, ConnectionAddr, ConnectionInfo, ConnectionLike as _, IntoConnectionInfo as _,
    RedisError, TlsCertificates, Value,
};

use super::target::Address;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take: a server that saves or evicts may be busy for a while, and one value may be large.
const ANSWER: Duration = Duration::from_mins(1);
/// How often a command is sent again that a cluster sent elsewhere or that it could not take for a moment.
const RETRIES: u32 = 16;

/// How to say who one is. It is never printed.
#[derive(Default)]
pub(super) struct Credentials {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    /// Certificates to trust instead of the system's, as PEM.
    pub(super) authorities: Option<Vec<u8>>,
}

/// A connection.
pub(super) enum Link {
    /// To one server.
    Server(Box<Connection>),
    /// To all nodes of a cluster.
    Cluster(Box<ClusterConnection>),
}

/// What came back: answers as far as they came, and why no more did.
pub(super) struct Answers {
    pub(super) answers: Vec<Value>,
    pub(super) lost: Option<RedisError>,
}

impl Link {
    /// Connects, and finds out whether what answers is a node of a cluster.
    pub(super) fn connect(address: &Address, credentials: &Credentials) -> Result<Self, RedisError> {
        let info = info(address, credentials)?;
        let client = match (address.tls, &credentials.authorities) {
            (true, Some(_)) => Client::build_with_tls(info.clone(), certificates(credentials))?,
            (true | false, _) => Client::open(info.clone())?,
        };
        let mut connection = client.get_connection_with_timeout(CONNECT)?;
        connection.set_read_timeout(Some(ANSWER))?;
        connection.set_write_timeout(Some(ANSWER))?;
        if !is_cluster(&mut connection)? {
            return Ok(Self::Server(Box::new(connection)));
        }
        let mut cluster = ClusterClientBuilder::new([info]).retries(RETRIES).connection_timeout(CONNECT);
        cluster = cluster.response_timeout(ANSWER);
        if address.tls && credentials.authorities.is_some() {
            cluster = cluster.certs(certificates(credentials));
        }
        Ok(Self::Cluster(Box::new(cluster.build()?.get_connection()?)))
    }

    /// Goes to a database of a server; a cluster has one only.
    pub(super) fn select(&mut self, db: u64) -> Result<(), RedisError> {
        match self {
            Self::Server(connection) => redis::cmd("SELECT").arg(db).exec(connection),
            Self::Cluster(_) => Ok(()),
        }
    }

    /// Sends commands together.
    pub(super) fn send(&mut self, commands: &[Cmd]) -> Answers {
        match self {
            Self::Server(connection) => {
                let bytes: Vec<u8> = commands.iter().flat_map(Cmd::get_packed_command).collect();
                pipeline(connection, &bytes, commands.len())
            }
            Self::Cluster(cluster) => across(cluster, commands),
        }
    }

    /// Sends the commands that make one value, in order.
    pub(super) fn send_value(&mut self, batched: &Batched) -> Answers {
        match self {
            Self::Server(connection) => pipeline(connection, &batched.bytes, batched.ends.len()),
            Self::Cluster(cluster) => {
                let mut answers = Vec::new();
                for command in batched.each() {
                    match answer(cluster.req_packed_command(command)) {
                        Ok(value) => answers.push(value),
                        Err(error) => return Answers { answers, lost: Some(error) },
                    }
                }
                Answers { answers, lost: None }
            }
        }
    }
}

fn pipeline(connection: &mut Connection, bytes: &[u8], count: usize) -> Answers {
    let mut answers = Vec::with_capacity(count);
    // The client takes nothing to send for a mistake.
    let mut lost = if count == 0 { None } else { connection.send_packed_command(bytes).err() };
    // What was sent before a connection broke may have been answered.
    while lost.is_none() && answers.len() < count {
        match connection.recv_response() {
            Ok(value) => answers.push(value),
            Err(error) => lost = Some(error),
        }
    }
    Answers { answers, lost }
}

/// Sends commands to the nodes of their slots. Those that a node sends elsewhere follow one by one.
fn across(cluster: &mut ClusterConnection, commands: &[Cmd]) -> Answers {
    let mut pipe = redis::cluster::cluster_pipe();
    for command in commands {
        pipe.add_command(command.clone());
    }
    let mut answers: Vec<Value> =
        match pipe.query(cluster).or_else(|error| with_errors(error, commands.len())) {
            Ok(answers) => answers,
            Err(error) => return Answers { answers: Vec::new(), lost: Some(error) },
        };
    for (place, command) in commands.iter().enumerate() {
        if answers.get(place).is_some_and(is_elsewhere) {
            match answer(cluster.req_command(command)) {
                Ok(value) => answers[place] = value,
                Err(error) => {
                    answers.truncate(place);
                    return Answers { answers, lost: Some(error) };
                }
            }
        }
    }
    Answers { answers, lost: None }
}

/// The answers of which some are errors. The client gives those alone, under words of its own; every other error says nothing
/// of any command.
fn with_errors(error: RedisError, count: usize) -> Result<Vec<Value>, RedisError> {
    if !error.to_string().starts_with("Pipeline failure") {
        return Err(error);
    }
    let mut answers = vec![Value::Okay; count];
    for (place, error) in error.into_server_errors().iter().flat_map(|errors| errors.iter()) {
        if let Some(answer) = answers.get_mut(*place) {
            *answer = Value::ServerError(error.clone());
        }
    }
    Ok(answers)
}

/// What a server says of an error is an answer too.
fn answer(result: Result<Value, RedisError>) -> Result<Value, RedisError> {
    result.or_else(|error| redis::ServerError::try_from(error).map(Value::ServerError))
}

/// Whether a node says that another has the slot, or that nobody has it for a moment.
fn is_elsewhere(answer: &Value) -> bool {
    error_of(answer).is_some_and(|error| {
        let code = error.split(' ').next().unwrap_or_default();
        matches!(code, "MOVED" | "ASK" | "TRYAGAIN" | "CLUSTERDOWN")
    })
}

/// The error that an answer is, in the server's words.
pub(super) fn error_of(answer: &Value) -> Option<String> {
    let Value::ServerError(error) = answer else { return None };
    Some(
        error
            .details()
            .map_or_else(|| error.code().to_owned(), |details| format!("{} {details}", error.code())),
    )
}

fn info(address: &Address, credentials: &Credentials) -> Result<ConnectionInfo, RedisError> {
    let (host, port) = (address.host.clone(), address.port);
    let to = if address.tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    let info = to.into_connection_info()?;
    let mut settings = info.redis_settings().clone().set_skip_set_lib_name();
    if let Some(user) = &credentials.user {
        settings = settings.set_username(user);
    }
    if let Some(password) = &credentials.password {
        settings = settings.set_password(password);
    }
    Ok(info.set_redis_settings(settings))
}

fn certificates(credentials: &Credentials) -> TlsCertificates {
    TlsCertificates { client_tls: None, root_cert: credentials.authorities.clone() }
}

/// Whether a server is a node of a cluster. `HELLO` needs no permission; a server that does not know it says so in `INFO`.
fn is_cluster(connection: &mut Connection) -> Result<bool, RedisError> {
    let hello = connection.req_command(&redis::cmd("HELLO"))?;
    if error_of(&hello).is_some() {
        let info: String = redis::cmd("INFO").arg("cluster").query(connection)?;
        return Ok(info.contains("cluster_enabled:1"));
    }
    let facts = redis::from_redis_value::<std::collections::HashMap<String, Value>>(hello)?;
    Ok(facts
        .get("mode")
        .is_some_and(|mode| redis::from_redis_value_ref::<String>(mode).is_ok_and(|mode| mode == "cluster")))
}
