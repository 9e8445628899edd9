//! Help and usage errors in German. clap writes its own words in English; here they are replaced.

use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, ArgAction, Command};

/// German headings and a German `--help` for a command and everything below it.
pub fn german(command: Command) -> Command {
    let template = "{about}\n\nAufruf: {usage}\n\n{all-args}{after-help}\n";
    let command = command
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .help_template(template)
        .subcommand_help_heading("Befehle")
        .subcommand_value_name("BEFEHL")
        .mut_args(|arg| {
            let heading = if arg.is_positional() { "Angaben" } else { "Optionen" };
            let arg = arg.help_heading(heading);
            // clap words defaults, values and environment in English; the help texts name them themselves.
            if arg.get_action().takes_values() {
                arg.hide_default_value(true).hide_possible_values(true).hide_env(true)
            } else {
                arg
            }
        })
        .arg(
            Arg::new("hilfe")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help("Zeigt diese Hilfe")
                .help_heading("Optionen"),
        );
    let command = match command.get_version().is_some() {
        true => command.arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help("Zeigt die Version")
                .help_heading("Optionen"),
        ),
        false => command,
    };
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    names
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, german))
}

/// One German sentence for a wrong call. None for help and version, which clap prints itself.
pub fn sentence(error: &clap::Error) -> Option<String> {
    let context = |kind: ContextKind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let arg = context(ContextKind::InvalidArg);
    let what = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        ErrorKind::InvalidSubcommand => {
            format!("Den Befehl „{}“ gibt es nicht", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => format!("Die Angabe „{arg}“ ist hier unbekannt"),
        ErrorKind::MissingRequiredArgument => format!("Es fehlt {arg}"),
        ErrorKind::MissingSubcommand => "Es fehlt ein Befehl".to_owned(),
        ErrorKind::ArgumentConflict => {
            format!("{arg} und {} passen nicht zusammen", context(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = context(ContextKind::InvalidValue);
            let known = context(ContextKind::ValidValue);
            let cause = std::error::Error::source(error)
                .map(ToString::to_string)
                .unwrap_or_default();
            match (value.is_empty(), known.is_empty(), cause.is_empty()) {
                (true, ..) => format!("Hinter {arg} fehlt ein Wert"),
                (false, false, _) => format!("„{value}“ passt nicht zu {arg}, möglich sind: {known}"),
                (false, true, false) => format!("{arg}: {}", cause.trim_end_matches('.')),
                (false, true, true) => format!("„{value}“ passt nicht zu {arg}"),
            }
        }
        _ => "Der Aufruf stimmt nicht".to_owned(),
    };
    let near = context(ContextKind::SuggestedSubcommand) + &context(ContextKind::SuggestedArg);
    // Several near words: the nearest comes last; hidden commands are nobody's meaning.
    let near = match near.rsplit(", ").find(|word| *word != "letters").unwrap_or_default() {
        "" => String::new(),
        word => format!(", gemeint ist vielleicht „{word}“"),
    };
    Some(format!("{what}{near}; Hilfe zeigt: kommunal --help"))
}
