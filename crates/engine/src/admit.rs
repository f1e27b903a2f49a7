//! Before anything else: whether the ledger is this stack's own.

use cachekeep_core::stack::{Admission, admit as decide};

use crate::context::{Context, Mode, Pass};
use crate::error::PassError;

/// How often a registration is tried over what other processes of the stack register in the same moment. All of them write
/// the same, so that the second look is nearly always the last.
const TRIES: u32 = 3;

/// Makes sure that the ledger is this stack's, and that it knows where the stack writes now. A process asks once: a ledger
/// does not change hands while somebody works with it.
///
/// # Errors
/// [`PassError::Foreign`] where the ledger is another stack's.
pub async fn admit(context: &Context, pass: &Pass) -> Result<(), PassError> {
    if context.memory.is_admitted() {
        return Ok(());
    }
    for _ in 0..TRIES {
        if is_settled(context, pass).await? {
            return Ok(());
        }
    }
    Err(PassError::Contended)
}

/// Asks the ledger, and registers what it does not know; `false` where another process registered something meanwhile.
async fn is_settled(context: &Context, pass: &Pass) -> Result<bool, PassError> {
    let registered = context.begin(pass, context.ledger.registered()).await?;
    let ours = context.registration();
    match decide(registered.as_ref().map(|registered| &registered.registration), &ours) {
        Admission::Known => context.memory.remember_admission(),
        Admission::Refused { recorded } => {
            return Err(PassError::Foreign { recorded: Box::new(recorded), ours: Box::new(ours.stack) });
        }
        Admission::Register if pass.mode == Mode::DryRun => {}
        Admission::Register if registered.is_none() && !context.may_register => {
            return Err(PassError::Unregistered);
        }
        Admission::Register => {
            if registered.is_none() {
                // The first format had no registrations, so that whatever else is there tells whether a version of ours can
                // work with it.
                context.ledger.control().await?;
            }
            let previous = registered.map_or(0, |registered| registered.version);
            if !context.ledger.register(&ours, previous).await? {
                return Ok(false);
            }
            context.memory.remember_admission();
        }
    }
    Ok(true)
}
