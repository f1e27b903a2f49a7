//! The next step for whoever asked, after each failure.

use std::io;

use super::Failure;

impl Failure {
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
            Self::Now { .. } => "correct it or unset it",
            Self::Unset { name } => return Some(format!("export {name}=... (the stack's outputs name it)")),
            Self::Prefix { .. } => {
                "set it to the stack's parameter ExportPrefix, or unset it where that is empty"
            }
            Self::BadName { .. } => "correct or unset it",
            Self::Prices { .. } => "write it in the form of crates/core/src/prices/us-east-1.yaml",
            Self::Page { .. } => "name another place with --out",
            Self::FleetFile { .. } => "`cachekeep simulate --help` shows what a fleet looks like",
            Self::BadCalls { .. } => "set it to a number from 1 to 160, or unset it for 10",
            Self::NoTable { .. } => {
                "check CACHEKEEP_TABLE, AWS_PROFILE and AWS_REGION; where SAM is not used, `cachekeep init` makes the table"
            }
            Self::DefaultPlan { .. } => {
                "correct or unset CACHEKEEP_SCHEDULE, _TIMEZONE, _KEEP, _TAG_KEY, _TAG_VALUE"
            }
            Self::NoBackup { .. } | Self::NothingKnown { .. } => "`cachekeep list` shows what there is",
            Self::NotCovered { .. } => {
                "`cachekeep status` shows every cache and plan; `cachekeep plans show` the plans"
            }
            Self::NotFollowed { .. } => "`cachekeep list` shows how it stands",
            Self::NoSandbox { .. } => {
                "start one with `cachekeep sandbox serve`, or name its address with --endpoint-url"
            }
            Self::NotAwaited { .. } => {
                "`cachekeep restores` shows how far it is; the same command with --wait follows it again"
            }
            Self::NotRetired { .. } => "the same command again goes on where it stands",
            Self::Token { .. } => "write the token alone into the file, on one line",
            Self::Ambiguous { .. } => "name it with its kind, as above",
            Self::NoGoodBackup { .. } => {
                "`cachekeep list --cache CACHE` shows all of its backups; any can be named, with --from where nobody has read it"
            }
            Self::Busy { .. } => "try again",
            Self::NoVersion { .. } | Self::NoEarlierPlans => {
                "`cachekeep plans history` shows what was in force; `cachekeep plans apply` puts a file in force"
            }
            Self::PlansChanged => "look at them with `cachekeep plans show`, then apply again",
            Self::Unconfirmed { .. } => {
                "look at it with `cachekeep plans diff`; --confirm puts it in force all the same"
            }
            Self::Export { .. } => "give it what `cachekeep ledger export` of this stack wrote",
            Self::NotForgotten => "--confirm lets it go; there is no way back",
            Self::NoObject { .. } => "check bucket and key; `aws s3 ls` lists what is there",
            Self::Replaced { .. } => "verify it again once nobody writes to it",
            Self::Listen { .. } => "choose another port with --port, or any free one with --port 0",
            Self::Write { .. } => {
                "check that the disk has room and that the reader of the output is still there"
            }
            Self::Extract(stopped) => return stopped.next_step(),
            Self::Scratch { .. } | Self::ScratchRoom { .. } => {
                "name a directory on a disk with more room with --scratch; --match compares fewer keys"
            }
            Self::NoFiles { .. } => {
                "`cachekeep list --status good` shows backups with exports; a replica can be read as s3://BUCKET/KEY"
            }
            Self::BrokenSource { .. } => {
                "`cachekeep verify` says more; take another backup, or another copy of this one"
            }
            Self::NoTime => "use --ttl keep or --ttl drop",
            Self::Remove { .. } => "remove it by hand; nothing else needs it",
            Self::Occupied { .. } => "name another directory with --out, or remove this one",
            Self::InUse { .. } => "wait for it, or name another directory with --out",
            Self::CoversNothing { .. } => {
                "`cachekeep sandbox fleet` shows their names and tags: change `select`, or add caches with --caches"
            }
            Self::Out { .. } => "name a directory that can be written with --out",
            // These say it in their causes, or there is nothing that a user could do.
            Self::Aws { .. }
            | Self::Clock { .. }
            | Self::Pass { .. }
            | Self::Engine { .. }
            | Self::Ledger { .. }
            | Self::Bucket { .. }
            | Self::Order { .. }
            | Self::Restore { .. }
            | Self::Manifest { .. }
            | Self::Unrecorded { .. }
            | Self::Json { .. }
            | Self::Runtime { .. }
            | Self::Sandbox { .. }
            | Self::SandboxBucket { .. }
            | Self::Lab { .. }
            | Self::Remains { .. }
            | Self::Library { .. }
            | Self::Stopped
            | Self::Unopened { .. }
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
