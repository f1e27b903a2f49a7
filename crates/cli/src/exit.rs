//! What a command ends with: the four exit codes that scripts rely on (docs/design.md, section 5).

use std::process::{ExitCode, Termination};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done, and what was looked at is healthy.
    Fine,
    /// It could not be done.
    Failed,
    /// It was asked for wrongly: bad usage, or a bad plan file.
    Usage,
    /// It was done, and something that was looked at is unhealthy.
    Unhealthy,
}

impl Exit {
    /// `Fine` where all is well, else `Unhealthy`.
    pub(crate) fn healthy_if(well: bool) -> Self {
        if well { Self::Fine } else { Self::Unhealthy }
    }

    /// How a command ended whose parts ended in these two ways: what could not be done outweighs what is unhealthy.
    pub(crate) fn or(self, other: Self) -> Self {
        let gravest = [Self::Usage, Self::Failed, Self::Unhealthy];
        gravest.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(Self::Fine)
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Fine => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unhealthy => 3,
        })
    }
}
