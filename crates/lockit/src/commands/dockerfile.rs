//! `lockit dockerfile`: the Dockerfile of the smallest image that runs a lock.

use crate::args::dockerfile::DockerfileArgs;
use crate::emit::dockerfile::{Asked, Image};
use crate::relock::planned::looked_at;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;
use lockit_project::selection::Selection;

pub(crate) fn execute(
    args: &DockerfileArgs,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let project = context.around.files.project(context.directory())?.map(|project| project.value);
    let asked = asked(args);
    let image = Image::new(&asked, project.as_ref())?;
    let found = if args.lockfiles.is_empty() {
        let environments = vec![image.environment()?];
        let plan = looked_at(&Selection { environments, ..Selection::default() }, context)?;
        image.planned(&plan, context)?
    } else {
        image.named(&args.lockfiles, context)?
    };
    if args.explain {
        context.printer.data(image.explained(found, context)?.trim_end());
        return Ok(ExitStatus::Success);
    }
    let emitted = image.emit(found, args.snippet, context)?;
    // A setting of the project is for whoever does not look at the text.
    let by_project = !args.snippet && args.lockfiles.is_empty();
    let output = if by_project { image.output() } else { args.output.as_deref() };
    emitted.put(output, context)?;
    Ok(ExitStatus::Success)
}

/// What the flags ask for.
fn asked(args: &DockerfileArgs) -> Asked {
    let values = [
        ("environment", &args.environment),
        ("builder", &args.builder),
        ("builder-image", &args.builder_image),
        ("runtime", &args.runtime),
        ("prefix", &args.prefix),
        ("app", &args.app),
        ("port", &args.port),
        ("cmd", &args.cmd),
        ("user", &args.user),
        ("healthcheck", &args.healthcheck),
        ("pin-digests", &args.pin_digests),
        ("trim", &args.trim),
        ("bytecode", &args.bytecode),
        ("output", &args.output),
    ];
    let values = values.into_iter().filter_map(|(key, value)| Some((key, value.clone()?)));
    Asked { values: values.collect(), labels: args.labels.clone(), env: args.env.clone() }
}
