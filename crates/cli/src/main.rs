//! The `cachekeep` command line: parse, do, render. What commands decide is decided in `core`, not here.

mod args;
mod aws;
mod cli;
mod commands;
mod exit;
mod failure;
mod input;
mod progress;
mod render;
mod source;
mod stack;
mod world;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> exit::Exit {
    let cli::Cli { voice, command } = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return render::said(&said),
    };
    voice.speak();
    world::World::open().and_then(|world| command.run(&world)).unwrap_or_else(|failure| {
        render::failure(&failure);
        failure.exit()
    })
}
