//! What somebody asks of a restore.

use serde_json::Value;

use super::input::{Input, members_of};
use super::{AUTH_TOKEN, Members};
use crate::backup::CopyKind;
use crate::cache::RecreateOperation;
use crate::ids::CacheKind;

/// What somebody asks of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// ElastiCache's id of the new cache, as it was given.
    pub target: String,
    /// The copy to restore from; the fastest that is proven good where nothing is said.
    pub from: Option<CopyKind>,
    /// The kind of the new cache; the old one's where nothing is said.
    pub into: Option<CacheKind>,
    /// Members that are to be otherwise than they were.
    pub overrides: Vec<Override>,
    /// What becomes of the AUTH token.
    pub token: Token,
    /// Whether a snapshot of another stack may be taken.
    pub foreign: bool,
}

/// What becomes of a cache's AUTH token, which AWS never tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// Nothing was said of it.
    Untold,
    /// One is given. Here it is only known that there is one.
    Given,
    /// The new cache is to have none.
    Waived,
}

/// A member that is to be otherwise: `Port=6380`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// AWS's name of the member.
    pub member: String,
    /// Its value as text.
    pub value: String,
}

/// An override that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadOverride {
    /// It has no equals sign, or nothing before it.
    #[error("`{0}` is no override: write it as Member=VALUE, for instance CacheNodeType=cache.r7g.large")]
    Shape(String),
    /// An AUTH token on a command line ends in the shell's history and in the list of processes.
    #[error(
        "an AUTH token never stands on a command line: give it with --auth-token-file FILE, or - for standard input"
    )]
    Token,
}

impl Override {
    /// Reads `Member=VALUE`. `AuthToken=` stands for a cache without a token; any other token is refused.
    ///
    /// # Errors
    /// [`BadOverride`]
    pub fn parse(text: &str) -> Result<Self, BadOverride> {
        let (member, value) = text.split_once('=').ok_or_else(|| BadOverride::Shape(text.to_owned()))?;
        let member = member.trim();
        if member.is_empty() {
            return Err(BadOverride::Shape(text.to_owned()));
        }
        if member == AUTH_TOKEN && !value.is_empty() {
            return Err(BadOverride::Token);
        }
        Ok(Self { member: member.to_owned(), value: value.to_owned() })
    }

    /// Its value as the call takes it: as text, else as JSON, else as a list with commas. `Ok(None)` where the value is empty,
    /// which leaves the member out.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(super) fn read(&self, operation: RecreateOperation) -> Result<Option<Value>, String> {
        let Self { member, value } = self;
        let known = members_of(operation);
        if !known.contains(&member.as_str()) {
            return Err(unknown(member, operation, &known));
        }
        if value.is_empty() {
            return Ok(None);
        }
        let list = value.split(',').map(|part| Value::from(part.trim())).collect();
        let readings =
            [Some(Value::from(value.as_str())), serde_json::from_str(value).ok(), Some(Value::Array(list))];
        let fits =
            |value: &Value| Input::read(operation, &Members::from([(member.clone(), value.clone())])).is_ok();
        let found = readings.into_iter().flatten().find(fits);
        found.map(Some).ok_or_else(|| format!("`{value}` is no value of {operation}'s {member}"))
    }
}

fn unknown(member: &str, operation: RecreateOperation, known: &[&str]) -> String {
    let near = known.iter().find(|name| name.eq_ignore_ascii_case(member));
    match near {
        Some(near) => format!("{operation} has no member {member}; it is called {near}"),
        None => format!("{operation} has no member {member}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Option<Value>, String> {
        Override::parse(text).unwrap().read(RecreateOperation::CreateReplicationGroup)
    }

    #[test]
    fn a_value_is_read_as_the_member_takes_it() {
        assert_eq!(read("EngineVersion=8.0"), Ok(Some(json!("8.0"))));
        assert_eq!(read("Port=6380"), Ok(Some(json!(6380))));
        assert_eq!(read("MultiAZEnabled=false"), Ok(Some(json!(false))));
        assert_eq!(read("SecurityGroupIds=sg-1, sg-2"), Ok(Some(json!(["sg-1", "sg-2"]))));
        assert_eq!(read("SecurityGroupIds=sg-1"), Ok(Some(json!(["sg-1"]))));
        assert_eq!(read("UserGroupIds="), Ok(None));
        let shard = json!([{"NodeGroupId": "0001", "Slots": "0-16383"}]);
        assert_eq!(read(&format!("NodeGroupConfiguration={shard}")), Ok(Some(shard)));
    }

    #[test]
    fn what_cannot_be_is_said_with_the_right_name_where_it_is_near() {
        assert!(read("port=1").unwrap_err().ends_with("it is called Port"));
        assert!(read("SubnetIds=a").unwrap_err().contains("no member SubnetIds"));
        assert!(read("Port=many").unwrap_err().contains("no value"));
        assert!(matches!(Override::parse("Port"), Err(BadOverride::Shape(_))));
        assert_eq!(Override::parse("AuthToken=secret"), Err(BadOverride::Token));
        assert!(Override::parse("AuthToken=").is_ok());
    }
}
