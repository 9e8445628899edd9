//! The program `kommunal`: reads the command line and starts what was asked for.
//! Each command is a file in `commands/`; a failure is one German sentence on stderr and exit code 1,
//! a wrong call exit code 2.

mod commands;
#[cfg(test)]
mod documented;
mod usage;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};

/// Anträge von Vereinen und Bürgern an ihre Gemeinde, und was im Amt daraus wird.
#[derive(Parser)]
#[command(name = "kommunal", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    let matches = match usage::german(Cli::command()).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return wrong_call(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return wrong_call(&error),
    };
    match cli.command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn wrong_call(error: &clap::Error) -> ExitCode {
    match usage::sentence(error) {
        Some(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(2)
        }
        None => {
            let _ = error.print();
            if error.use_stderr() {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            }
        }
    }
}
