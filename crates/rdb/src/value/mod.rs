//! Values: what follows a key, one frame for each way of writing it.

mod module;
mod quicklist;
mod stream;
mod table;

use serde::{Deserialize, Serialize};

pub(crate) use self::{
    module::{Module, module_name},
    quicklist::{PACKED, PLAIN},
    table::Columns,
};
use self::{quicklist::Quicklist, stream::Stream, table::Table};
use crate::{
    broken::Step,
    context::Context,
    input::Input,
    kind::Layout,
    packed::{Format, Meaning},
    string::Role,
};

/// What a frame wants after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// Another step.
    Again,
    /// That a string is read, and then another step.
    String(Role),
    /// Nothing: it is complete.
    End,
    /// Nothing: it is complete, and has no elements.
    Empty,
}

/// A value that is being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Value {
    /// Nothing of it was read yet.
    Start(Layout),
    /// Its one string was read.
    Whole,
    /// Its one string was read, and packed elements.
    Packed,
    Table(Table),
    Quicklist(Quicklist),
    Stream(Box<Stream>),
    Module(Module),
}

impl Value {
    /// Whether a reader that goes on in the middle could not compare all elements with each other.
    pub(crate) fn compares(&self) -> bool {
        match self {
            Self::Table(table) => table.compares(),
            Self::Start(_)
            | Self::Whole
            | Self::Packed
            | Self::Quicklist(_)
            | Self::Stream(_)
            | Self::Module(_) => false,
        }
    }

    /// Goes on without comparing those elements that were read with those that are to come.
    pub(crate) fn give_up_comparing(&mut self) {
        match self {
            Self::Table(table) => table.give_up(),
            Self::Start(_)
            | Self::Whole
            | Self::Packed
            | Self::Quicklist(_)
            | Self::Stream(_)
            | Self::Module(_) => {}
        }
    }

    /// Reads the next part. Starved, the state is as before, and the input stands where that state goes on.
    pub(crate) fn step(&mut self, input: &mut Input, context: &mut Context) -> Step<After> {
        match self {
            Self::Start(layout) => {
                let (value, after) = start(*layout, input, context)?;
                *self = value;
                Ok(after)
            }
            Self::Packed if context.elements == 0 => Ok(After::Empty),
            Self::Packed => {
                context.size.elements = context.elements;
                Ok(After::End)
            }
            Self::Whole => Ok(After::End),
            Self::Table(table) => table.step(input, context),
            Self::Quicklist(quicklist) => quicklist.step(input, context),
            Self::Stream(stream) => stream.step(input, context),
            Self::Module(module) => module.step(input),
        }
    }
}

fn start(layout: Layout, input: &mut Input, context: &mut Context) -> Step<(Value, After)> {
    Ok(match layout {
        Layout::String => (Value::Whole, After::String(Role::Opaque)),
        Layout::Packed(Format::Ziplist, Meaning::List) => {
            (Value::Quicklist(Quicklist::single()), After::Again)
        }
        Layout::Packed(format, meaning) => (Value::Packed, After::String(Role::Packed(format, meaning))),
        Layout::ExpiringListpack => {
            table::check_lowest(input.u64_le()?)?;
            (Value::Packed, After::String(Role::Packed(Format::Listpack, Meaning::ExpiringHash)))
        }
        Layout::Table(columns) => {
            let table = Table::start(columns, input)?;
            context.members.begin(table.members());
            context.size.elements = table.rows();
            (Value::Table(table), After::Again)
        }
        Layout::Quicklist => (Value::Quicklist(Quicklist::of_ziplists(input.length()?)), After::Again),
        Layout::Quicklist2 => (Value::Quicklist(Quicklist::of_nodes(input.length()?)), After::Again),
        Layout::Stream(version) => {
            context.groups.begin(0);
            (Value::Stream(Box::new(Stream::start(version, input.length()?))), After::Again)
        }
        Layout::Module => (Value::Module(Module::start(input.length()?)), After::Again),
    })
}
