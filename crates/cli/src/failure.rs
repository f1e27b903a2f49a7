//! Why a command did not do what it was asked, with the next step for whoever asked.

use std::io;
use std::path::PathBuf;

use cachekeep_aws::{AwsError, Class};
use cachekeep_core::plan::PlanErrors;
use cachekeep_sandbox::StartError;

use crate::exit::Exit;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// An input could not be read.
    #[error("failed to read {name}")]
    Read {
        /// What people call it: a path, or `standard input`.
        name: String,
        #[source]
        source: io::Error,
    },
    /// The output could not be written.
    #[error("failed to write the output")]
    Write {
        #[source]
        source: io::Error,
    },
    /// The output could not be made.
    #[error("failed to write the output as JSON")]
    Json {
        #[source]
        source: serde_json::Error,
    },
    /// The plan document is wrong. The problems are printed as they are, one a line, with file, line and column.
    #[error("`{}` is no plan document", .0.file)]
    Plan(PlanErrors),
    /// The history is no list of instants.
    #[error("failed to read the history in {name}: {message}")]
    History {
        /// What people call it.
        name: String,
        /// What is wrong and where.
        message: String,
    },
    /// The tokio runtime did not start.
    #[error("failed to start the async runtime")]
    Runtime {
        #[source]
        source: io::Error,
    },
    /// AWS could not be asked.
    #[error("failed to {doing}")]
    Aws {
        /// What was being done, as in "failed to list the caches".
        doing: String,
        #[source]
        source: AwsError,
    },
    /// The caches could not be listed, which a command can do without when it is told so.
    #[error("failed to list the caches")]
    Fleet {
        #[source]
        source: AwsError,
    },
    /// There is no such object.
    #[error("there is no object {url}")]
    NoObject {
        /// As it was given.
        url: String,
    },
    /// The object was replaced while it was read.
    #[error("{url} was replaced while it was being read")]
    Replaced {
        /// As it was given.
        url: String,
    },
    /// The port is taken, or not allowed.
    #[error("failed to listen on port {port} of 127.0.0.1")]
    Listen {
        /// The port asked for.
        port: u16,
        #[source]
        source: io::Error,
    },
    /// The sandbox did not start.
    #[error("failed to start the sandbox")]
    Sandbox {
        #[source]
        source: StartError,
    },
    /// The sandbox's bucket could not be made.
    #[error("failed to make the sandbox's bucket")]
    SandboxBucket {
        #[source]
        source: cachekeep_aws::bucket::Unusable,
    },
    /// The sandbox stopped serving.
    #[error("the sandbox stopped")]
    Serve {
        #[source]
        source: io::Error,
    },
    /// What was left behind could not be removed.
    #[error("failed to remove {}", .path.display())]
    Remove {
        /// The directory.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Failure {
    /// The exit code that stands for it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Plan(_) => Exit::Usage,
            Self::Read { .. }
            | Self::Write { .. }
            | Self::Json { .. }
            | Self::History { .. }
            | Self::Runtime { .. }
            | Self::Aws { .. }
            | Self::Fleet { .. }
            | Self::NoObject { .. }
            | Self::Replaced { .. }
            | Self::Listen { .. }
            | Self::Sandbox { .. }
            | Self::SandboxBucket { .. }
            | Self::Serve { .. }
            | Self::Remove { .. } => Exit::Failed,
        }
    }

    /// Whether AWS was not asked at all, because nothing says which account or region.
    pub(crate) fn is_without_account(&self) -> bool {
        let (Self::Aws { source, .. } | Self::Fleet { source }) = self else { return false };
        // AWS gives a code when it denies. Without one, there was nothing to send: no region, or no credentials.
        source.code().is_none() && matches!(source.class(), Class::Denied | Class::Refused)
    }

    /// What to do about it, where the causes do not say so themselves.
    pub(crate) fn next_step(&self) -> Option<String> {
        let step = match self {
            Self::Read { source, .. } => return read_step(source).map(str::to_owned),
            Self::Plan(_) => {
                "correct the lines above; `cachekeep plans schema` prints a schema for your editor"
            }
            Self::History { .. } => {
                r#"write a JSON array of RFC 3339 instants, such as ["2026-11-21T06:00:00Z"]"#
            }
            Self::Fleet { .. } => "with --offline it does without AWS",
            Self::NoObject { .. } => "check bucket and key; `aws s3 ls` lists what is there",
            Self::Replaced { .. } => "verify it again once nobody writes to it",
            Self::Listen { .. } => "choose another port with --port, or any free one with --port 0",
            Self::Write { .. } => {
                "check that the disk has room and that the reader of the output is still there"
            }
            Self::Remove { .. } => "remove it by hand; nothing else needs it",
            // These say it in their causes, or there is nothing that a user could do.
            Self::Aws { .. }
            | Self::Json { .. }
            | Self::Runtime { .. }
            | Self::Sandbox { .. }
            | Self::SandboxBucket { .. }
            | Self::Serve { .. } => return None,
        };
        Some(step.to_owned())
    }
}

/// `io::ErrorKind` is not ours and grows, so it is compared rather than matched.
fn read_step(source: &io::Error) -> Option<&'static str> {
    let steps = [
        (io::ErrorKind::NotFound, "check the path; `-` reads standard input"),
        (io::ErrorKind::PermissionDenied, "check who may read it"),
        (io::ErrorKind::IsADirectory, "name a file in it"),
        (io::ErrorKind::InvalidData, "save it as UTF-8 text"),
    ];
    steps.into_iter().find(|(kind, _)| source.kind() == *kind).map(|(_, step)| step)
}
