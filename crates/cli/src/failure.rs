//! Why a command did not do what it was asked, and the exit code that stands for it.

mod steps;

use std::io;
use std::path::PathBuf;

use cachekeep_aws::bucket::Unusable;
use cachekeep_aws::ledger::LedgerError;
use cachekeep_aws::{AwsError, Class, ClockError};
use cachekeep_core::ids::{BackupId, BadName, CacheId, Instant, PlanName};
use cachekeep_core::job::Job;
use cachekeep_core::manifest::ManifestError;
use cachekeep_core::plan::{DefaultError, PlanErrors, TextError};
use cachekeep_core::prices::BadPrices;
use cachekeep_core::proposal::Objection;
use cachekeep_core::restore::BadToken;
use cachekeep_core::simulate::BadFleet;
use cachekeep_engine::restore::RestoreError;
use cachekeep_engine::{OrderFault, PassError};
use cachekeep_rdb::Broken;
use cachekeep_rdb::open::OpenError;
use cachekeep_sandbox::StartError;
use chrono::SecondsFormat;

use crate::commands::extract::Stopped;
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
    /// The prices cannot be read.
    #[error("failed to read the prices in {name}")]
    Prices {
        /// What people call them.
        name: String,
        #[source]
        source: BadPrices,
    },
    /// The page could not be written.
    #[error("failed to write the page to {}", .path.display())]
    Page {
        /// Where to.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The fleet cannot be read.
    #[error("failed to read the fleet in {name}")]
    FleetFile {
        /// What people call it.
        name: String,
        #[source]
        source: BadFleet,
    },
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
    /// `CACHEKEEP_NOW` is no instant.
    #[error("CACHEKEEP_NOW is `{text}`: {message}")]
    Now {
        /// What it is.
        text: String,
        /// What it should be.
        message: String,
    },
    /// The clock to act by is not AWS's.
    #[error("nothing was done: the clock cannot be trusted")]
    Clock {
        #[source]
        source: ClockError,
    },
    /// A variable of the environment that names a part of the stack is not set.
    #[error("{name} is not set")]
    Unset {
        /// The variable.
        name: &'static str,
    },
    /// `CACHEKEEP_PREFIX` cannot stand before a key.
    #[error("CACHEKEEP_PREFIX cannot be used")]
    Prefix {
        #[source]
        source: TextError,
    },
    /// There is no such table.
    #[error("there is no table {table} in this account and region")]
    NoTable {
        /// Its name.
        table: String,
    },
    /// A variable of the environment does not hold a name.
    #[error("{name} is wrong")]
    BadName {
        /// The variable.
        name: &'static str,
        #[source]
        source: BadName,
    },
    /// The limit on calls is none.
    #[error("CACHEKEEP_MAX_CALLS_PER_SECOND is `{text}`")]
    BadCalls {
        /// What it is.
        text: String,
    },
    /// The variables of the default plan make no plan.
    #[error("the environment makes no default plan")]
    DefaultPlan {
        #[source]
        source: DefaultError,
    },
    /// A pass could not run.
    #[error("the {job} pass could not run")]
    Pass {
        /// Its job.
        job: Job,
        #[source]
        source: PassError,
    },
    /// The engine could not do something else.
    #[error("failed to {doing}")]
    Engine {
        /// What was being done.
        doing: &'static str,
        #[source]
        source: PassError,
    },
    /// The ledger could not be read or written.
    #[error("failed to {doing}")]
    Ledger {
        /// What was being done.
        doing: &'static str,
        #[source]
        source: LedgerError,
    },
    /// A restore could not be planned, begun or followed.
    #[error("failed to {doing}")]
    Restore {
        /// What was being done.
        doing: &'static str,
        #[source]
        source: RestoreError,
    },
    /// A backup that was asked for is not taken on.
    #[error("no backup was begun")]
    Order {
        #[source]
        source: OrderFault,
    },
    /// No sandbox serves there.
    #[error("no sandbox serves at {endpoint}")]
    NoSandbox {
        /// Where it was looked for.
        endpoint: String,
        #[source]
        source: io::Error,
    },
    /// Somebody stopped waiting for a backup.
    #[error("nobody waits for {id} any more; it goes on")]
    NotFollowed {
        /// The backup.
        id: BackupId,
    },
    /// Somebody stopped waiting for a restore.
    #[error("nobody waits for {target} any more; ElastiCache goes on with it")]
    NotAwaited {
        /// The new cache.
        target: CacheId,
    },
    /// Somebody stopped waiting for a retirement.
    #[error("nobody waits for the end of {cache} any more; it is as it was, and its final backup goes on")]
    NotRetired {
        /// The cache.
        cache: CacheId,
    },
    /// A manifest cannot be used.
    #[error("{url} is no manifest that this version reads")]
    Manifest {
        /// Where it is.
        url: String,
        #[source]
        source: ManifestError,
    },
    /// The AUTH token cannot be one.
    #[error("the AUTH token in {name} cannot be used")]
    Token {
        /// What people call the input.
        name: String,
        #[source]
        source: BadToken,
    },
    /// Several caches have the name.
    #[error("{name} may be any of {}", several.join(", "))]
    Ambiguous {
        /// As it was given.
        name: String,
        /// The caches.
        several: Vec<String>,
    },
    /// No backup of a cache is good, or old enough.
    #[error("{cache} has no good backup{}", at.map(|at| format!(" of {at} or before", at = at.to_rfc3339_opts(SecondsFormat::Secs, true))).unwrap_or_default())]
    NoGoodBackup {
        /// The cache.
        cache: CacheId,
        /// Until when.
        at: Option<Instant>,
    },
    /// The bucket cannot be used.
    #[error("failed to make the bucket")]
    Bucket {
        #[source]
        source: Unusable,
    },
    /// The ledger knows no such backup.
    #[error("there is no backup {id}")]
    NoBackup {
        /// As it was given.
        id: BackupId,
    },
    /// The ledger knows nothing of a cache or backup.
    #[error("the ledger knows no backup of {subject}")]
    NothingKnown {
        /// As it was given.
        subject: String,
    },
    /// No plan covers what was asked for.
    #[error("no plan{} covers {cache} here", plan.as_ref().map(|plan| format!(" called {plan}")).unwrap_or_default())]
    NotCovered {
        /// As it was given.
        cache: String,
        /// As it was given.
        plan: Option<PlanName>,
    },
    /// Another process changed the backup in the same moment.
    #[error("{subject} was changed by somebody else in the same moment; nothing was written")]
    Busy {
        /// The backup.
        subject: String,
    },
    /// A change was not written.
    #[error("{subject} was not changed")]
    Unrecorded {
        /// The backup.
        subject: String,
        /// Why.
        #[source]
        source: LedgerError,
    },
    /// Somebody else applied plans in the same moment.
    #[error("somebody else applied plans in the same moment; nothing was written")]
    PlansChanged,
    /// The plans never had such a version.
    #[error("the plans have no version {version}")]
    NoVersion {
        /// As it was given.
        version: u64,
    },
    /// There is nothing to go back to.
    #[error("no plans were in force before the present ones")]
    NoEarlierPlans,
    /// Plans that nobody confirmed although they take something away.
    #[error("{file} was not put in force: {}", sentence(objections))]
    Unconfirmed {
        /// The plan file.
        file: String,
        /// What speaks against it.
        objections: Vec<Objection>,
    },
    /// What `ledger export` wrote cannot be compared with.
    #[error("{} cannot be compared with: {why}", file.display())]
    Export {
        /// The file.
        file: std::path::PathBuf,
        /// Why not.
        why: String,
    },
    /// Backups that nobody confirmed are to go.
    #[error("nothing was let go")]
    NotForgotten,
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
        source: Unusable,
    },
    /// The sandbox stopped serving.
    #[error("the sandbox stopped")]
    Serve {
        #[source]
        source: io::Error,
    },
    /// The simulated stack could not be made or read.
    #[error("the simulation did not run")]
    Lab {
        #[source]
        source: cachekeep_lab::LabError,
    },
    /// What a simulation left could not be written.
    #[error("failed to write what the simulation left")]
    Remains {
        #[source]
        source: cachekeep_lab::output::NotWritten,
    },
    /// The directory for a simulation could not be made.
    #[error("failed to make {}", .path.display())]
    Out {
        /// The directory.
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The directory for a simulation holds something else.
    #[error("{} is not empty and no earlier run made it", .path.display())]
    Occupied {
        /// The directory.
        path: PathBuf,
    },
    /// Another run writes to the directory.
    #[error("another run is writing to {}", .path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// Plans for the sandbox of which none covers any of its caches.
    #[error("{file} covers none of the {caches} caches of the sandbox")]
    CoversNothing {
        /// The plan file.
        file: String,
        /// How many caches there are.
        caches: usize,
    },
    /// A backup has no exported files.
    #[error("{subject} has no exported files that could be read")]
    NoFiles {
        /// What was asked for.
        subject: String,
    },
    /// A temporary file cannot be made, written or read.
    #[error("failed to use a temporary file in {}", .directory.display())]
    Scratch {
        /// Where it is.
        directory: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The disk is too small for temporary files.
    #[error("about {needed} more are needed in {}, where {free} are free", .directory.display())]
    ScratchRoom {
        /// Where they are.
        directory: PathBuf,
        /// How much.
        needed: String,
        /// How much there is.
        free: String,
    },
    /// A value could not be opened.
    #[error("failed to open the value of {key}")]
    Unopened {
        /// Its key.
        key: String,
        #[source]
        source: OpenError,
    },
    /// A thread that read a file ended early.
    #[error("a file was not read to its end")]
    Stopped,
    /// Keys could not be written to where they were to go.
    #[error("not everything was extracted")]
    Extract(#[source] Stopped),
    /// What keys were taken from is not whole.
    #[error("{name} is broken")]
    BrokenSource {
        /// What people call it.
        name: String,
        #[source]
        source: Broken,
    },
    /// A function library could not be read.
    #[error("failed to read a function library")]
    Library {
        #[source]
        source: OpenError,
    },
    /// A file does not say when it was written.
    #[error("the file does not say when it was written, so expiries cannot be shifted by the time since")]
    NoTime,
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
            // A document that is no text is as bad as one that is no YAML.
            Self::Read { source, .. } if source.kind() == io::ErrorKind::InvalidData => Exit::Usage,
            Self::Order { source: OrderFault::Refused(refusal) } if refusal.is_for_who_asks() => Exit::Usage,
            Self::Plan(_)
            | Self::Now { .. }
            | Self::Unset { .. }
            | Self::Prefix { .. }
            | Self::BadName { .. }
            | Self::BadCalls { .. }
            | Self::Token { .. }
            | Self::Ambiguous { .. }
            | Self::Prices { .. }
            | Self::FleetFile { .. }
            | Self::DefaultPlan { .. } => Exit::Usage,
            Self::Read { .. }
            | Self::Write { .. }
            | Self::Json { .. }
            | Self::Page { .. }
            | Self::History { .. }
            | Self::Runtime { .. }
            | Self::Aws { .. }
            | Self::Fleet { .. }
            | Self::Clock { .. }
            | Self::Pass { .. }
            | Self::Engine { .. }
            | Self::Ledger { .. }
            | Self::Bucket { .. }
            | Self::Restore { .. }
            | Self::Manifest { .. }
            | Self::Order { .. }
            | Self::NotFollowed { .. }
            | Self::NoSandbox { .. }
            | Self::NotAwaited { .. }
            | Self::NotRetired { .. }
            | Self::NoGoodBackup { .. }
            | Self::NoTable { .. }
            | Self::NoBackup { .. }
            | Self::NothingKnown { .. }
            | Self::NotCovered { .. }
            | Self::Busy { .. }
            | Self::Unrecorded { .. }
            | Self::PlansChanged
            | Self::NoVersion { .. }
            | Self::NoEarlierPlans
            | Self::Unconfirmed { .. }
            | Self::NotForgotten
            | Self::Export { .. }
            | Self::NoObject { .. }
            | Self::Replaced { .. }
            | Self::Listen { .. }
            | Self::Sandbox { .. }
            | Self::SandboxBucket { .. }
            | Self::Serve { .. }
            | Self::Lab { .. }
            | Self::Remains { .. }
            | Self::Out { .. }
            | Self::Occupied { .. }
            | Self::InUse { .. }
            | Self::CoversNothing { .. }
            | Self::NoFiles { .. }
            | Self::Stopped
            | Self::Scratch { .. }
            | Self::ScratchRoom { .. }
            | Self::Unopened { .. }
            | Self::Extract(_)
            | Self::BrokenSource { .. }
            | Self::Library { .. }
            | Self::NoTime
            | Self::Remove { .. } => Exit::Failed,
        }
    }

    /// Whether AWS was not asked at all, because nothing says which account or region.
    pub(crate) fn is_without_account(&self) -> bool {
        let (Self::Aws { source, .. } | Self::Fleet { source }) = self else { return false };
        // AWS gives a code when it denies. Without one, there was nothing to send: no region, or no credentials.
        source.code().is_none() && matches!(source.class(), Class::Denied | Class::Refused)
    }
}

/// The first few of a list, and how many more there are.
fn sentence(objections: &[Objection]) -> String {
    const NAMED: usize = 3;
    let mut named: Vec<String> = objections.iter().take(NAMED).map(ToString::to_string).collect();
    if let Some(more) = objections.len().checked_sub(NAMED).filter(|more| *more > 0) {
        named.push(format!("and {more} more"));
    }
    named.join("; ")
}
