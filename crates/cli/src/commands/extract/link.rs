//! A connection to a server or cluster: commands go out together, and answers come back in their order.

use std::fmt;
use std::time::Duration;

use cachekeep_rdb::write::commands::Batched;
use redis::cluster::{ClusterClientBuilder, ClusterConnection};
use redis::{
    Client, Cmd, Connection, ConnectionAddr, ConnectionInfo, ConnectionLike as _, IntoConnectionInfo as _,
    RedisError, ServerError, TlsCertificates, Value,
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

    /// Sends commands together. Of a cluster's answers only errors are kept.
    pub(super) fn send(&mut self, commands: &[Cmd]) -> Answers {
        match self {
            Self::Server(connection) => {
                let bytes: Vec<u8> = commands.iter().flat_map(Cmd::get_packed_command).collect();
                pipeline(connection, &bytes, commands.len())
            }
            Self::Cluster(cluster) => across(cluster, commands),
        }
    }

    /// Sends questions, whose answers count: from a cluster they come one by one.
    pub(super) fn ask(&mut self, commands: &[Cmd]) -> Answers {
        let Self::Cluster(cluster) = self else { return self.send(commands) };
        let mut answers = Vec::new();
        for command in commands {
            match answer(cluster.req_command(command)) {
                Ok(value) => answers.push(value),
                Err(error) => return Answers { answers, lost: Some(error) },
            }
        }
        Answers { answers, lost: None }
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
    for command in commands.iter().chain(commands.last().map(probe).as_ref()) {
        pipe.add_command(command.clone());
    }
    let mut answers = match pipe.query(cluster).or_else(|error| with_errors(error, commands.len())) {
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

/// A command that fails on every server and does nothing: the client tells errors of commands by their places, so that one
/// behind all others shows that all were answered. Any other error of the client has no such place.
fn probe(command: &Cmd) -> Cmd {
    let mut probe = redis::cmd("RESTORE");
    if let Some(redis::Arg::Simple(key)) = command.args_iter().nth(1) {
        probe.arg(key);
    }
    probe.arg(0).arg("").clone()
}

/// The answers of which some are errors, where the last is the probe's.
fn with_errors(error: RedisError, count: usize) -> Result<Vec<Value>, RedisError> {
    let Some(errors) =
        error.clone().into_server_errors().filter(|errors| errors.iter().any(|(place, _)| *place == count))
    else {
        return Err(error);
    };
    let mut answers = vec![Value::Okay; count];
    for (place, error) in errors.iter() {
        if let Some(answer) = answers.get_mut(*place) {
            *answer = Value::ServerError(error.clone());
        }
    }
    Ok(answers)
}

/// What a server says of an error is an answer too.
fn answer(result: Result<Value, RedisError>) -> Result<Value, RedisError> {
    result.or_else(|error| ServerError::try_from(error).map(Value::ServerError))
}

/// Whether a node says that another has the slot, or that nobody has it for a moment.
fn is_elsewhere(answer: &Value) -> bool {
    refusal(answer)
        .is_some_and(|said| matches!(said.code.as_str(), "MOVED" | "ASK" | "TRYAGAIN" | "CLUSTERDOWN"))
}

/// What a server says that it does not do: the code that stands for it, and words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(super) code: String,
    words: Option<String>,
}

impl From<&ServerError> for Said {
    fn from(error: &ServerError) -> Self {
        Self { code: error.code().to_owned(), words: error.details().map(str::to_owned) }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        self.words.as_ref().map_or(Ok(()), |words| write!(f, " {words}"))
    }
}

/// What a server says, where its answer is an error.
pub(super) fn refusal(answer: &Value) -> Option<Said> {
    if let Value::ServerError(error) = answer { Some(error.into()) } else { None }
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
    if refusal(&hello).is_some() {
        let info: String = redis::cmd("INFO").arg("cluster").query(connection)?;
        return Ok(info.contains("cluster_enabled:1"));
    }
    let facts = redis::from_redis_value::<std::collections::HashMap<String, Value>>(hello)?;
    Ok(facts
        .get("mode")
        .is_some_and(|mode| redis::from_redis_value_ref::<String>(mode).is_ok_and(|mode| mode == "cluster")))
}
