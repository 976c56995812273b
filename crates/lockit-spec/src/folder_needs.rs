//! What a local folder says of its needs without being built (PEP 621, and poetry's own table).

use toml::{Table, Value};

use crate::normalise_pypi_name;

/// What the `pyproject.toml` of a folder asks for, with these normalised extras: one line for each need, as it is written there.
/// Empty where nothing is said, or only its build knows.
pub fn folder_needs(pyproject: &str, extras: &[String]) -> Vec<String> {
    let Ok(file) = pyproject.parse::<Table>() else { return Vec::new() };
    let table = |keys: &[&str]| {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(file.get(*first)?, |value, key| value.get(key))
    };
    let texts = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut needs = texts(table(&["project", "dependencies"]));
    let optional = table(&["project", "optional-dependencies"]).and_then(Value::as_table);
    for (name, items) in optional.into_iter().flatten() {
        if extras.contains(&normalise_pypi_name(name)) {
            needs.extend(texts(Some(items)));
        }
    }
    needs
        .extend(texts(table(&["project", "dynamic"])).iter().map(|key| format!("./dynamic/{key}")));
    if let Some(python) = table(&["project", "requires-python"]).and_then(Value::as_str) {
        needs.push(format!("python {python}"));
    }
    for (key, value) in [
        ("poetry", table(&["tool", "poetry", "dependencies"])),
        ("sources", table(&["tool", "uv", "sources"])),
    ] {
        for (name, said) in value.and_then(Value::as_table).into_iter().flatten() {
            needs.push(format!("./{key}/{name} {said}"));
        }
    }
    needs.sort_unstable();
    needs.dedup();
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_decides_is_taken() {
        let text = "
[project]
name = 'x'
version = '1'
requires-python = '>=3.10'
dependencies = ['lib>=1', 'a']
[project.optional-dependencies]
Fast_Mode = ['numpy']
other = ['scipy']
";
        assert_eq!(folder_needs(text, &[]), ["a", "lib>=1", "python >=3.10"]);
        assert_eq!(folder_needs(text, &["fast-mode".to_owned()]).len(), 4);
        let released =
            text.replace("'1'", "'2'").replace("['lib>=1', 'a']", "[ 'a',  # why\n 'lib>=1' ]");
        assert_eq!(folder_needs(&released, &[]), folder_needs(text, &[]));
        assert_eq!(
            folder_needs("[tool.poetry.dependencies]\nlib = '^1'\n", &[]),
            ["./poetry/lib \"^1\""]
        );
        assert_eq!(folder_needs("[build-system]\n", &[]), Vec::<String>::new());
        assert_eq!(folder_needs("no toml", &[]), Vec::<String>::new());
    }
}
