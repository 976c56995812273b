//! The part of an environment marker (PEP 508) that conda-lock decides when it reads a spec: the system. All
//! else counts as true.

use lockit_spec::Platform;

/// Whether a marker is true on a platform. `None` when it cannot be read.
pub(super) fn holds(marker: &str, platform: Platform) -> Option<bool> {
    let mut parser = Parser { rest: marker, platform };
    let value = parser.or()?;
    parser.rest.trim().is_empty().then_some(value)
}

struct Parser<'a> {
    rest: &'a str,
    platform: Platform,
}

enum Operand<'a> {
    Text(&'a str),
    /// What a name stands for, where conda-lock knows it.
    Name(Option<&'static str>),
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Option<bool> {
        let mut value = self.and()?;
        while self.word("or") {
            value |= self.and()?;
        }
        Some(value)
    }

    fn and(&mut self) -> Option<bool> {
        let mut value = self.atom()?;
        while self.word("and") {
            value &= self.atom()?;
        }
        Some(value)
    }

    fn atom(&mut self) -> Option<bool> {
        if self.symbol("(") {
            let value = self.or()?;
            return self.symbol(")").then_some(value);
        }
        let left = self.operand()?;
        let operator = self.operator()?;
        let right = self.operand()?;
        Some(match (left, right) {
            (Operand::Name(Some(actual)), Operand::Text(text)) => match operator {
                "==" | "===" => actual == text,
                "!=" => actual != text,
                "in" => text.split([' ', ',', '|']).any(|one| one == actual),
                "not in" => text.split([' ', ',', '|']).all(|one| one != actual),
                _ => true,
            },
            (Operand::Text(text), Operand::Name(Some(actual))) => match operator {
                "==" | "===" => actual == text,
                "!=" => actual != text,
                "in" => actual.contains(text),
                "not in" => !actual.contains(text),
                _ => true,
            },
            _ => true,
        })
    }

    fn operand(&mut self) -> Option<Operand<'a>> {
        let text = self.rest.trim_start();
        if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let (inner, rest) = text[1..].split_once(quote)?;
            self.rest = rest;
            return Some(Operand::Text(inner));
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let name = &text[..end];
        self.rest = &text[end..];
        if name.is_empty() {
            return None;
        }
        let (sys_platform, platform_system, os_name) =
            match self.platform.as_str().split('-').next().unwrap_or_default() {
                "linux" => ("linux", "Linux", "posix"),
                "osx" => ("darwin", "Darwin", "posix"),
                "win" => ("win32", "Windows", "nt"),
                _ => return Some(Operand::Name(None)),
            };
        Some(Operand::Name(match name {
            "sys_platform" | "sys.platform" => Some(sys_platform),
            "platform_system" => Some(platform_system),
            "os_name" | "os.name" => Some(os_name),
            _ => None,
        }))
    }

    fn operator(&mut self) -> Option<&'static str> {
        if self.word("not") {
            return self.word("in").then_some("not in");
        }
        if self.word("in") {
            return Some("in");
        }
        let operators = ["===", "==", "!=", "<=", ">=", "~=", "<", ">"];
        operators.into_iter().find(|operator| self.symbol(operator))
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(symbol);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(word);
        let whole =
            rest.filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        self.rest = whole.unwrap_or(self.rest);
        whole.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_decides_and_nothing_else_does() {
        for (marker, on) in [
            ("sys_platform == 'darwin'", "osx-arm64"),
            ("sys_platform != \"win32\"", "linux-64 osx-arm64"),
            ("'Linux' == platform_system", "linux-64"),
            ("os_name == 'nt' or platform_system == 'Darwin'", "osx-arm64 win-64"),
            ("sys_platform in 'linux darwin'", "linux-64 osx-arm64"),
            ("sys_platform not in 'linux,darwin'", "win-64"),
            ("'win' in sys_platform", "osx-arm64 win-64"),
            ("python_version < '3' and sys_platform=='linux'", "linux-64"),
            ("python_version < '3' or sys_platform=='linux'", "linux-64 osx-arm64 win-64"),
            ("(platform_machine == 'x' or extra == 'y') and os.name=='nt'", "win-64"),
        ] {
            let platforms = [Platform::Linux64, Platform::OsxArm64, Platform::Win64];
            let held: Vec<&str> = platforms
                .iter()
                .filter(|platform| holds(marker, **platform).unwrap())
                .map(|platform| platform.as_str())
                .collect();
            assert_eq!(held.join(" "), on, "{marker}");
        }
        for marker in ["", "sys_platform", "sys_platform == linux'", "(os_name == 'nt'", "a = 'b'"]
        {
            assert_eq!(holds(marker, Platform::Linux64), None, "{marker}");
        }
    }

    #[test]
    fn a_text_may_stand_on_either_side() {
        for (marker, on_linux) in [
            ("'linux' != sys_platform", false),
            ("'win32' != sys_platform", true),
            ("'lin' in sys_platform", true),
            ("'lin' not in sys_platform", false),
            ("'win' not in sys_platform", true),
            ("sys_platform not in 'win32 linux'", false),
            ("sys_platform in 'win32|linux'", true),
            ("sys_platform in 'linux2'", false),
        ] {
            assert_eq!(holds(marker, Platform::Linux64), Some(on_linux), "{marker}");
        }
    }
}
