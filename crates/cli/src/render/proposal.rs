//! What a plan document changes, for people and for machines.

use std::collections::BTreeSet;

use cachekeep_core::ids::CacheId;
use cachekeep_core::outlook::Warning;
use cachekeep_core::plan::Document;
use cachekeep_core::proposal::{Neglected, Objection, PlanChange, Proposal, Retained};
use cachekeep_engine::Proposed;
use serde::Serialize;

use super::style::{BAD, GOOD, WARNING, painted};
use super::table::{Align, Cell, Table};
use super::{counted, plans, sections};

/// How many lines of each list people are shown; `--json` has them all.
const LINES: usize = 30;

/// What became of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing was written.
    Open,
    /// It is in force now.
    Applied {
        /// Its version.
        version: u64,
    },
    /// It was in force already.
    Unchanged,
}

/// A proposal, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    #[serde(skip)]
    file: &'a str,
    #[serde(skip)]
    ending: Ending,
    applied: bool,
    version: Option<u64>,
    against: Option<u64>,
    #[serde(flatten)]
    proposal: &'a Proposal,
    objections: Vec<Objection>,
    warnings: &'a [Warning],
}

impl<'a> Report<'a> {
    pub(crate) fn new(
        file: &'a str,
        proposed: &'a Proposed,
        warnings: &'a [Warning],
        ending: Ending,
    ) -> Self {
        let version = match ending {
            Ending::Applied { version } => Some(version),
            Ending::Open | Ending::Unchanged => None,
        };
        Self {
            file,
            ending,
            applied: version.is_some(),
            version,
            against: proposed.stored.as_ref().map(|stored| stored.version),
            proposal: &proposed.proposal,
            objections: proposed.proposal.objections(),
            warnings,
        }
    }

    /// What speaks for care, and what changes.
    pub(crate) fn for_people(&self) -> String {
        let warnings: String = self.warnings.iter().map(plans::warning).collect();
        sections([
            warnings.trim_end_matches('\n').to_owned() + if warnings.is_empty() { "" } else { "\n" },
            self.difference(),
        ])
    }

    /// What changes.
    pub(crate) fn difference(&self) -> String {
        let against = match self.against {
            Some(version) => format!("version {version}"),
            None => "the default plan of the stack's parameters".to_owned(),
        };
        if self.proposal.changes_nothing() {
            return sections([format!("{} changes nothing in {against}\n", self.file), self.neglected()]);
        }
        let heading = format!("{} against {against}:\n{}{}", self.file, self.plans(), self.coverage());
        sections([heading, self.retained(), self.neglected()])
    }

    fn plans(&self) -> String {
        lines(self.proposal.plans.iter().map(plan))
    }

    fn coverage(&self) -> String {
        let covered = &self.proposal.covered;
        let covered = if covered.is_empty() {
            painted(BAD, "covers no cache")
        } else {
            format!("covers {} of the {}", counted(covered.len(), "cache"), self.proposal.caches)
        };
        let newly = named("newly covered", &self.proposal.newly_covered);
        let no_longer = named("no longer covered", &self.proposal.no_longer_covered);
        lines([Some(covered), newly, no_longer].into_iter().flatten())
    }

    fn retained(&self) -> String {
        if self.proposal.retained.is_empty() {
            return String::new();
        }
        let columns = [
            ("CACHE", Align::Left),
            ("BACKUPS", Align::Right),
            ("STAY", Align::Right),
            ("GO", Align::Right),
            ("OLDEST TO GO", Align::Left),
            ("NEWEST TO GO", Align::Left),
            ("SNAPSHOTS RELEASED", Align::Right),
        ];
        let mut table = Table::new(&columns);
        for retained in self.proposal.retained.iter().take(LINES) {
            table.row(cells(retained));
        }
        let more = more(self.proposal.retained.len(), "cache");
        let go: usize = self.proposal.retained.iter().map(|retained| retained.go.len()).sum();
        let total = format!(
            "{} would be let go when retention next looks, within a day, and deleted after their grace period\n",
            counted(go, "backup")
        );
        format!("{}{more}{total}", table.lines())
    }

    fn neglected(&self) -> String {
        if self.proposal.neglected.is_empty() {
            return String::new();
        }
        let columns = [
            ("CACHE", Align::Left),
            ("PLAN", Align::Left),
            ("BACKUPS", Align::Right),
            ("IN ELASTICACHE", Align::Right),
            ("IN S3", Align::Right),
            ("A MONTH", Align::Right),
            ("SINCE", Align::Left),
            ("WHY", Align::Left),
        ];
        let mut table = Table::new(&columns);
        for neglected in self.proposal.neglected.iter().take(LINES) {
            table.row(cells_of_neglected(neglected));
        }
        let usd: f64 = self.proposal.neglected.iter().map(|neglected| neglected.usd_a_month).sum();
        format!(
            "No plan goes on with these backups, so they stay until somebody lets them go with `cachekeep forget`:\n{}{}in all {} a month at \
             the prices of us-east-1\n",
            table.lines(),
            more(self.proposal.neglected.len(), "line"),
            dollars(usd)
        )
    }

    /// What became of it.
    pub(crate) fn ending(&self, document: &Document) -> String {
        let line = match self.ending {
            Ending::Open => "a dry run; nothing was changed".to_owned(),
            Ending::Unchanged => format!("{} is in force already; nothing was changed", self.file),
            Ending::Applied { version } => {
                let plans = counted(document.plans.len(), "plan");
                format!("{}: {plans} {} as version {version}", self.file, painted(GOOD, "in force"))
            }
        };
        let warnings = match self.warnings.len() {
            0 => String::new(),
            some => format!(", {}", painted(WARNING, counted(some, "warning"))),
        };
        format!("\n{line}{warnings}\n")
    }
}

/// What speaks against putting it in force, a line each.
pub(crate) fn objections(objections: &[Objection]) -> String {
    let lines = objections.iter().take(LINES).map(|objection| painted(WARNING, objection));
    let more = more(objections.len(), "cache");
    lines.chain((!more.is_empty()).then(|| more.trim_end().to_owned())).collect::<Vec<_>>().join("\n")
}

fn plan(change: &PlanChange) -> String {
    match change {
        PlanChange::Added { plan } => format!("plan {plan}: {}", painted(GOOD, "added")),
        PlanChange::Removed { plan } => format!("plan {plan}: {}", painted(BAD, "removed")),
        PlanChange::Changed { plan, fields } => {
            let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
            let field = |field: &cachekeep_core::proposal::FieldChange| {
                format!("{} from {} to {}", field.field, or(&field.before), or(&field.after))
            };
            let fields: Vec<String> = fields.iter().map(field).collect();
            format!("plan {plan}: {}, {}", painted(WARNING, "changed"), fields.join(", "))
        }
        PlanChange::Reserve { before, after } => {
            format!("quota left for people: from {before} to {after} a node and day")
        }
    }
}

/// Indented, each with its line feed.
fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.fold(String::new(), |text, line| text + "  " + &line + "\n")
}

/// The caches of a list, where there are any.
fn named(what: &str, caches: &BTreeSet<CacheId>) -> Option<String> {
    let mut names: Vec<String> = caches.iter().take(LINES).map(ToString::to_string).collect();
    if caches.len() > LINES {
        names.push(format!("and {} more", caches.len() - LINES));
    }
    (!caches.is_empty()).then(|| format!("{what}: {}", names.join(", ")))
}

fn more(count: usize, noun: &str) -> String {
    match count.saturating_sub(LINES) {
        0 => String::new(),
        more => format!("and {} more\n", counted(more, noun)),
    }
}

fn cells(Retained { cache, of, go, emptied_months: _, released }: &Retained) -> [Cell; 7] {
    let slot = |gone: Option<&cachekeep_core::proposal::Gone>| {
        gone.map_or_else(|| "-".to_owned(), |gone| gone.id.slot.to_string())
    };
    let go_cell = if go.is_empty() { Cell::from("0") } else { Cell::styled(go.len().to_string(), BAD) };
    [
        cache.to_string().into(),
        of.to_string().into(),
        (of - go.len()).to_string().into(),
        go_cell,
        slot(go.first()).into(),
        slot(go.last()).into(),
        released.len().to_string().into(),
    ]
}

fn cells_of_neglected(neglected: &Neglected) -> [Cell; 8] {
    [
        neglected.cache.to_string().into(),
        neglected.plan.to_string().into(),
        neglected.backups.to_string().into(),
        bytes(neglected.snapshot_bytes).into(),
        bytes(neglected.export_bytes).into(),
        dollars(neglected.usd_a_month).into(),
        if neglected.already { "already" } else { "this file" }.into(),
        neglected.why.as_str().into(),
    ]
}

/// `$0.12`; what is less than a cent is told as that.
fn dollars(usd: f64) -> String {
    if usd > 0.0 && usd < 0.01 { "under $0.01".to_owned() } else { format!("${usd:.2}") }
}

/// To a digit behind the point, in the unit that it fills.
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut units = UNITS.iter();
    let mut unit = units.next().unwrap_or(&"B");
    while value >= 1024.0
        && let Some(next) = units.next()
    {
        value /= 1024.0;
        unit = next;
    }
    if *unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") }
}
