//! Jinja as recipes use it: what is not known is empty.
//!
//! `minijinja` does the work. conda-build's own functions (`compiler`, `pin_subpackage`, `cdt`, …) name packages that
//! are only known while something is built; like every other unknown name they give nothing, as in conda-lock.

use minijinja::value::{Kwargs, Rest, Value, ValueKind};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use super::by_platform::variables;
use crate::Platform;

/// Names that a template may use without anybody knowing them.
const MAX_UNKNOWN: usize = 64;

/// As many steps as a template may take. The longest recipe of conda-forge takes some thousands.
const MAX_STEPS: u64 = 500_000;

/// An environment in which templates for a platform are run.
pub(super) fn environment(platform: Platform) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(MAX_STEPS));
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_unknown_method_callback(|_, value, method, arguments| {
        Ok(method_of(value, method, arguments).unwrap_or(Value::UNDEFINED))
    });
    for (name, value) in variables(platform) {
        environment.add_global(name, value);
    }
    for name in ["target_platform", "build_platform", "host_platform"] {
        environment.add_global(name, platform.as_str());
    }
    environment
}

/// Runs something again and again until every unknown function and filter has got a meaning: nothing.
pub(super) fn with_unknown<T>(
    environment: &mut Environment<'static>,
    run: impl Fn(&Environment<'static>) -> Result<T, minijinja::Error>,
) -> Result<T, minijinja::Error> {
    let mut known = 0;
    loop {
        let error = match run(environment) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let name = error.detail().and_then(unknown_name).map(str::to_owned);
        let Some(name) = name.filter(|_| known < MAX_UNKNOWN) else { return Err(error) };
        known += 1;
        match error.kind() {
            ErrorKind::UnknownFunction => environment.add_function(name, nothing),
            ErrorKind::UnknownFilter => environment.add_filter(name, nothing),
            ErrorKind::UnknownTest => environment.add_test(name, |_: Rest<Value>| false),
            _ => return Err(error),
        }
    }
}

/// What is wrong, in a few words; the detail is another matter.
pub(super) fn reason(error: &minijinja::Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => format!("it takes too many steps, more than {MAX_STEPS}"),
        kind => kind.to_string(),
    }
}

fn nothing(_: Rest<Value>, _: Kwargs) -> Value {
    Value::UNDEFINED
}

/// The name in `filter foo is unknown` and `foo is unknown`.
fn unknown_name(detail: &str) -> Option<&str> {
    let name = detail.strip_suffix(" is unknown")?;
    let name = name.rsplit(' ').next()?;
    (!name.is_empty()).then_some(name)
}

/// Methods of Python that recipes call on text and mappings.
fn method_of(value: &Value, method: &str, arguments: &[Value]) -> Option<Value> {
    let argument = |index: usize| arguments.get(index).and_then(Value::as_str);
    if value.kind() == ValueKind::Map {
        return (method == "get").then(|| {
            let found = arguments.first().and_then(|key| value.get_item(key).ok());
            match found {
                Some(found) if !found.is_undefined() => found,
                _ => arguments.get(1).cloned().unwrap_or_default(),
            }
        });
    }
    let text = value.as_str()?;
    Some(match method {
        "split" => match argument(0) {
            Some(separator) if !separator.is_empty() => {
                text.split(separator).map(str::to_owned).collect::<Vec<_>>().into()
            }
            _ => text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into(),
        },
        "replace" => text.replace(argument(0)?, argument(1)?).into(),
        "lower" => text.to_lowercase().into(),
        "upper" => text.to_uppercase().into(),
        "strip" => text.trim().into(),
        "startswith" => text.starts_with(argument(0)?).into(),
        "endswith" => text.ends_with(argument(0)?).into(),
        "join" => {
            let parts: Vec<String> =
                arguments.first()?.try_iter().ok()?.map(|part| part.to_string()).collect();
            parts.join(text).into()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `unknown_name` reads these words; minijinja says it in no other way.
    #[test]
    fn what_is_unknown_is_told_in_these_words() {
        let environment = environment(Platform::Linux64);
        let told =
            ["{{ compiler('c') }}", "{{ 'a' | nonsense }}", "{{ 'a' is strange }}"].map(|text| {
                let error = environment.render_str(text, ()).unwrap_err();
                (error.kind(), error.detail().unwrap().to_owned())
            });
        let expected = [
            (ErrorKind::UnknownFunction, "compiler is unknown"),
            (ErrorKind::UnknownFilter, "filter nonsense is unknown"),
            (ErrorKind::UnknownTest, "test strange is unknown"),
        ];
        assert_eq!(told, expected.map(|(kind, detail)| (kind, detail.to_owned())));
        let names = told.iter().map(|(_, detail)| unknown_name(detail));
        assert!(names.eq(["compiler", "nonsense", "strange"].map(Some)));
    }

    fn run(template: &str) -> String {
        let mut environment = environment(Platform::Linux64);
        with_unknown(&mut environment, |environment| environment.render_str(template, ())).unwrap()
    }

    /// Those of Python that recipes call.
    #[test]
    fn methods_of_text_and_mappings_are_those_of_python() {
        for (template, text) in [
            ("{{ 'a.b.c'.split('.')[1] }}", "b"),
            ("{{ ' a  b '.split()[1] }}", "b"),
            ("{{ 'a b'.split('')[1] }}", "b"),
            ("{{ '1_2'.replace('_', '.') }}", "1.2"),
            ("{{ 'aB'.lower() }}{{ 'aB'.upper() }}", "abAB"),
            ("{{ ' a '.strip() }}", "a"),
            ("{{ 'abc'.startswith('ab') }} {{ 'abc'.startswith('bc') }}", "True False"),
            ("{{ 'abc'.endswith('bc') }} {{ 'abc'.endswith('ab') }}", "True False"),
            ("{{ '.'.join(['1', '2']) }}", "1.2"),
            ("{{ {'a': 1}.get('a') }}{{ {'a': 1}.get('b', 2) }}{{ {'a': 1}.get('b') }}", "12"),
            // What is not known is nothing, and stops nothing.
            (
                "x{{ 'a'.nonsense() }}{{ {'a': 1}.nonsense() }}{{ compiler('c') }}{{ 1 | odd }}y",
                "xy",
            ),
            ("{{ 'yes' if 1 is strange else 'no' }}", "no"),
        ] {
            assert_eq!(run(template), text, "{template}");
        }
    }

    #[test]
    fn a_template_that_does_not_end_is_stopped() {
        for text in [
            "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
            "{% macro m(n) %}{% for a in range(9999) %}{{ n }}{% endfor %}{% endmacro %}\
             {% for a in range(9999) %}{{ m(a) }}{% endfor %}",
        ] {
            let error = environment(Platform::Linux64).render_str(text, ()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfFuel, "{text}");
        }
        assert_eq!(run("{% for a in range(999) %}{% endfor %}done"), "done");
    }

    #[test]
    fn a_template_may_use_many_unknown_names_but_not_any_number() {
        let calls = |count: usize| {
            let calls = (0..count).map(|number| format!("{{{{ unknown_{number}() }}}}"));
            calls.collect::<Vec<_>>().concat()
        };
        assert_eq!(run(&calls(MAX_UNKNOWN)), "");
        let mut environment = environment(Platform::Linux64);
        let text = calls(MAX_UNKNOWN + 1);
        assert!(
            with_unknown(&mut environment, |environment| environment.render_str(&text, ()))
                .is_err()
        );
    }
}
