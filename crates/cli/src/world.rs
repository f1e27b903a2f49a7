//! The one place that reads the clock and the system: everything else is told.

use std::future::Future;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound as _, Utc};

use crate::failure::Failure;

/// What a command knows of the world around it. Read once, so that one command has one `now`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    /// When the command started, or what it is to take for that.
    pub(crate) now: DateTime<Utc>,
    /// When it started, on the clock that measures durations.
    pub(crate) started: tokio::time::Instant,
    /// How to ask whoever sits at the terminal; `None` where nobody does.
    pub(crate) ask: Option<Ask>,
}

/// Asks a question, and says whether the answer is yes.
pub(crate) type Ask = fn(&str) -> Result<bool, Failure>;

/// Measures how long something takes, for people who watch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl World {
    /// The world as it is, or at the instant that `CACHEKEEP_NOW` names: tests, and whoever wants to know what a pass would
    /// do tomorrow, set it. Whoever acts is refused where AWS's clock says something else ([`crate::stack::Stack::to_act`]).
    pub(crate) fn open() -> Result<Self, Failure> {
        let (ask, started) = (somebody_is_there().then_some(ask as Ask), tokio::time::Instant::now());
        let Some(text) = variable("CACHEKEEP_NOW") else { return Ok(Self { now: clock(), started, ask }) };
        let now = crate::args::instant(&text).map_err(|message| Failure::Now { text, message })?;
        Ok(Self { now, started, ask })
    }

    /// The value of an environment variable. One that is empty counts as not set, as in the functions.
    #[expect(clippy::unused_self, reason = "whoever holds the world may look at it")]
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        variable(name)
    }
}

/// Whether a person can read a question and answer it.
fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on standard error, since standard output may go elsewhere. Only a clear yes is one.
fn ask(question: &str) -> Result<bool, Failure> {
    let failed = |source| Failure::Read { name: "the answer".to_owned(), source };
    let mut errors = anstream::stderr().lock();
    write!(errors, "{question} [y/N] ").and_then(|()| errors.flush()).map_err(failed)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// To the millisecond, as AWS tells times: nothing here is decided by less.
#[expect(clippy::disallowed_methods, reason = "this is where time comes in")]
fn clock() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

#[expect(clippy::disallowed_methods, reason = "this is where the environment comes in")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "this is where time comes in")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// A directory of this process's own for what need not outlive it. It does not exist yet.
pub(crate) fn scratch_directory(purpose: &str) -> PathBuf {
    std::env::temp_dir().join(format!("cachekeep-{purpose}-{}", std::process::id()))
}

/// Where the system keeps temporary files.
pub(crate) fn temporary_directory() -> PathBuf {
    std::env::temp_dir()
}

/// Runs what waits for others to its end. One thread: commands wait far more than they compute.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|source| Failure::Runtime { source })?.block_on(work)
}

/// The same in virtual time: whenever everything waits, the clock jumps to what comes next.
pub(crate) fn block_on_virtual_time<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.map_err(|source| Failure::Runtime { source })?.block_on(work)
}

/// Waits until somebody wants the program to end: Ctrl-C, or a service manager's SIGTERM.
pub(crate) async fn stopped() {
    tokio::select! {
        () = interrupted() => {}
        () = terminated() => {}
    }
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Where signals cannot be heard, the system's own way to end a program remains.
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signals) => _ = signals.recv().await,
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
