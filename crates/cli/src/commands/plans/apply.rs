//! `cachekeep plans apply`: puts a plan document in force, once it is known what that changes.

use cachekeep_aws::ledger::Applied;
use cachekeep_core::outlook::{self, Warning};
use cachekeep_core::plan::Document;
use cachekeep_core::proposal::Objection;
use cachekeep_engine::{Mode, Proposed};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::render::proposal::{Ending, Report};
use crate::stack::{Stack, StackArgs, check_clock};
use crate::world::{World, block_on};
use crate::{args, render};

const HELP: &str = "\
Examples:
  cachekeep plans apply plans.yaml --dry-run    what would change, and nothing else
  cachekeep plans apply plans.yaml

It tells what `plans check` warns of and what changes: plans, the caches that are covered, the
backups that would go under the new rules. A file that covers no cache, or lets go of over a tenth
of a cache's backups or of the last good one of a month, is put in force only with --confirm; on a
terminal you are asked.

The ledger keeps every version. The next pass of each job follows the new one; a backup that is
under way keeps to the plan that it began with.

Exit code 1: it was not put in force. Exit code 3: it was, and there are warnings.

Output with --json (as of `plans diff`, with `applied` and `version`):
  {\"applied\": true, \"version\": 4|null, \"against\": 3|null, \"plans\": [...], ...}";

/// Puts a plan file in force, and tells what that changes.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    /// The plan file; `-` reads standard input.
    #[arg(value_parser = args::input)]
    file: Input,
    #[command(flatten)]
    put: Put,
}

impl Args {
    pub(crate) fn run(self, world: &World) -> Result<Exit, Failure> {
        let document = super::document(&self.file)?;
        block_on(async {
            let stack = Stack::to_look(world, &self.put.stack).await?;
            Box::pin(self.put.in_force(world, stack, &self.file.to_string(), &document)).await
        })
    }
}

/// How a document is put in force, wherever it comes from.
#[derive(Debug, clap::Args)]
pub(super) struct Put {
    /// Put it in force although it covers no cache, or lets go of many backups.
    #[arg(long)]
    confirm: bool,
    /// Tell what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) stack: StackArgs,
}

impl Put {
    /// Tells what `document`, called `name`, would change, and puts it in force.
    pub(super) async fn in_force(
        &self,
        world: &World,
        stack: Stack,
        name: &str,
        document: &Document,
    ) -> Result<Exit, Failure> {
        let seen = Seen::of(world, stack, document).await?;
        if !self.dry_run {
            check_clock(seen.stack.clients())?;
        }
        let objections = seen.proposed.proposal.objections();
        if !self.json {
            render::text(&seen.report(name, Ending::Open).for_people())?;
        }
        if !objections.is_empty() && !self.confirm {
            self.ask(world, &seen, name, objections)?;
        }
        let ending = if self.dry_run { Ending::Open } else { seen.apply(world, document).await? };
        if self.json {
            render::json(&seen.report(name, ending))?;
        } else {
            render::text(&seen.report(name, ending).ending(document))?;
        }
        Ok(Exit::healthy_if(seen.warnings.is_empty()))
    }

    /// Goes on only where a person says so.
    fn ask(&self, world: &World, seen: &Seen, name: &str, objections: Vec<Objection>) -> Result<(), Failure> {
        if !self.dry_run && !self.json && confirmed(world, &objections)? {
            return Ok(());
        }
        if self.json {
            render::json(&seen.report(name, Ending::Open))?;
        }
        Err(Failure::Unconfirmed { file: name.to_owned(), objections })
    }
}

/// Whether somebody at the terminal, where there is one, takes what speaks against it.
fn confirmed(world: &World, objections: &[Objection]) -> Result<bool, Failure> {
    let Some(ask) = world.ask else { return Ok(false) };
    ask(&format!("{}\nPut it in force all the same?", render::proposal::objections(objections)))
}

/// A document, and all that is known of what it would do here.
pub(super) struct Seen {
    stack: Stack,
    pub(super) proposed: Proposed,
    pub(super) warnings: Vec<Warning>,
}

impl Seen {
    pub(super) async fn of(world: &World, stack: Stack, document: &Document) -> Result<Self, Failure> {
        let proposed = cachekeep_engine::propose(&stack.context, &stack.pass(Mode::DryRun), document).await;
        let doing = "read what the plans would change";
        let proposed = proposed.map_err(|source| Failure::Engine { doing, source })?;
        let outlooks = outlook::outlooks(document, world.now);
        let mut warnings = outlook::online(document, &outlooks, &proposed.fleet);
        warnings.extend(super::unfit(stack.clients(), &stack.context.bucket, document).await);
        Ok(Self { stack, proposed, warnings })
    }

    pub(super) fn report<'a>(&'a self, name: &'a str, ending: Ending) -> Report<'a> {
        Report::new(name, &self.proposed, &self.warnings, ending)
    }

    /// Puts the document in force over the version that it was compared with.
    async fn apply(&self, world: &World, document: &Document) -> Result<Ending, Failure> {
        let previous = self.proposed.stored.as_ref().map(|stored| stored.version);
        let applied = self.stack.context.ledger.apply_plans(&document.source, previous, world.now).await;
        match applied.map_err(|source| Failure::Ledger { doing: "apply the plans", source })? {
            Applied::New { version } => Ok(Ending::Applied { version }),
            Applied::Unchanged => Ok(Ending::Unchanged),
            Applied::Conflict => Err(Failure::PlansChanged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Ask;

    fn answered(ask: Option<Ask>) -> bool {
        let (now, started) = ("2027-03-01T05:30:00Z".parse().unwrap(), tokio::time::Instant::now());
        let world = World { now, started, ask };
        let objections = [
            Objection::LetsGo { cache: "group:orders".parse().unwrap(), go: 5, of: 8 },
            Objection::CoversNothing { caches: 4 },
        ];
        confirmed(&world, &objections).unwrap()
    }

    #[test]
    fn only_a_person_who_says_yes_puts_it_in_force_and_without_a_terminal_nobody_does() {
        assert!(answered(Some(|_| Ok(true))));
        assert!(!answered(Some(|_| Ok(false))));
        assert!(!answered(None));
    }

    #[test]
    fn the_question_names_all_that_speaks_against_it() {
        let names_both = |question: &str| {
            let question = anstream::adapter::strip_str(question).to_string();
            let both = "5 of the 8 backups of group:orders would go\nit covers none of the caches here that can be backed \
                        up (there are 4 in all)\nPut it in force all the same?";
            Ok(question == both)
        };
        assert!(answered(Some(names_both)));
    }
}
