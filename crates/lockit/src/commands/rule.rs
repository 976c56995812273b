//! `lockit rule`: the pages that explain the rules of `lockit lint`.

use clap::Args;
use lockit_diff::rules::{RULES, find};
use lockit_spec::did_you_mean;

use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

/// Arguments of `rule`.
#[derive(Debug, Args, Clone)]
pub(crate) struct RuleArgs {
    /// Code or name; all rules are listed without one
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

pub(crate) fn execute(args: &RuleArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let Some(text) = &args.rule else {
        let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
        for rule in RULES {
            let mut marks = String::new();
            if rule.fixable {
                marks.push_str(", can be mended");
            }
            if !rule.default {
                marks.push_str(", off unless selected");
            }
            context.printer.data(&format!(
                "{} {:width$}  {}{marks}",
                rule.code,
                rule.name,
                rule.summary()
            ));
        }
        return Ok(ExitStatus::Success);
    };
    let Some(rule) = find(text) else {
        let error = CommandError::error(format!("there is no rule `{text}`"));
        return Err(
            match did_you_mean(text, RULES.iter().flat_map(|rule| [rule.name, rule.code])) {
                Some(hint) => error.hint(hint),
                None => error.hint("`lockit rule` lists all rules"),
            },
        );
    };
    context.printer.data(&format!("# {} ({})\n\n{}", rule.name, rule.code, rule.page().trim_end()));
    Ok(ExitStatus::Success)
}
