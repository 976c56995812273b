//! `cargo xtask circles`: no two files of a crate import each other, directly or by way of others.
//!
//! A file that is part of a circle cannot be read, tested or moved without the rest of it. What a file
//! uses is taken from its paths (`use` and inline), with re-exports followed to the file that defines
//! the item. So a `lib.rs` or `mod.rs` that only declares and re-exports its children is part of no
//! circle, but one whose items its children use, while it uses theirs, is. Tests do not count, nor do
//! methods: who calls one need not know where it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// Files that may import each other, and why.
const ALLOWED: &[(&[&str], &str)] = &[];

/// Fail when files of a crate import each other.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folders of crates [default: all of the workspace]
    crates: Vec<PathBuf>,
}

/// `["lint", "subject"]` is `crate::lint::subject`.
type Names = Vec<String>;

/// A module with a file of its own.
#[derive(Default)]
struct Module {
    file: String,
    /// Names of what the file defines itself.
    items: BTreeSet<String>,
    children: BTreeSet<String>,
    /// What `use` brings in, by the name it has here; paths as they are written.
    imports: BTreeMap<String, Names>,
    globs: Vec<Names>,
    /// Paths of the code, as they are written, and private imports.
    used: BTreeSet<Names>,
}

type Crate = BTreeMap<Names, Module>;

#[expect(clippy::print_stderr, reason = "a chore talks to the person who runs it")]
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let mut crates = arguments.crates.clone();
    if crates.is_empty() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        for entry in fs_err::read_dir(workspace.join("crates"))? {
            crates.push(entry?.path());
        }
        crates.push(workspace.join("xtask"));
        crates.sort();
    }
    let mut found = 0;
    for folder in &crates {
        let modules = read_crate(folder)?;
        let uses = uses(&modules);
        for circle in circles(&uses) {
            let mut files: Vec<&str> =
                circle.iter().map(|name| modules[*name].file.as_str()).collect();
            files.sort_unstable();
            if ALLOWED.iter().any(|(allowed, _)| *allowed == files) {
                continue;
            }
            found += 1;
            eprintln!("{} files of {} import each other:", files.len(), folder.display());
            for ((from, to), items) in &uses {
                if circle.contains(from) && circle.contains(to) {
                    let items: Vec<&str> = items.iter().map(String::as_str).collect();
                    let (from, to) = (&modules[*from].file, &modules[*to].file);
                    eprintln!("  {from} -> {to}: {}", items.join(", "));
                }
            }
        }
    }
    if found == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: files import each other\nhint: move what both use into a file of its own");
    Ok(ExitCode::FAILURE)
}

fn read_crate(folder: &Path) -> Result<Crate, Box<dyn Error>> {
    let source = folder.join("src");
    let roots = ["lib.rs", "main.rs"].map(|name| source.join(name));
    let root = roots.into_iter().find(|path| path.is_file()).ok_or("no lib.rs and no main.rs")?;
    let mut modules = Crate::new();
    let mut left = vec![(Names::new(), root)];
    while let Some((name, path)) = left.pop() {
        let text = fs_err::read_to_string(&path)?;
        let shown = path.strip_prefix(folder.parent().unwrap_or(folder)).unwrap_or(&path).display();
        let mut module = Module { file: shown.to_string(), ..Module::default() };
        module.visit_file(&syn::parse_file(&text).map_err(|error| format!("{shown}: {error}"))?);
        let below = name.iter().fold(source.clone(), |path, part| path.join(part));
        for child in &module.children {
            let files = [below.join(format!("{child}.rs")), below.join(child).join("mod.rs")];
            let file = files.into_iter().find(|path| path.is_file());
            let file = file.ok_or_else(|| format!("{shown}: no file of `mod {child}`"))?;
            left.push(([name.as_slice(), std::slice::from_ref(child)].concat(), file));
        }
        modules.insert(name, module);
    }
    Ok(modules)
}

impl Module {
    fn import(&mut self, tree: &syn::UseTree, before: &Names, public: bool) {
        let (name, path) = match tree {
            syn::UseTree::Path(path) => {
                let before = [before.as_slice(), &[path.ident.to_string()]].concat();
                return self.import(&path.tree, &before, public);
            }
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, before, public));
            }
            syn::UseTree::Glob(_) => return self.globs.push(before.clone()),
            syn::UseTree::Name(name) => (name.ident.to_string(), name.ident.to_string()),
            syn::UseTree::Rename(one) => (one.rename.to_string(), one.ident.to_string()),
        };
        let path = [before.as_slice(), &[path]].concat();
        // What is only passed on is used by those who take it.
        if !public {
            self.used.insert(path.clone());
        }
        self.imports.insert(name, path);
    }

    /// Macros are not parsed, so their paths are looked for among their words.
    fn words(&mut self, tokens: TokenStream) {
        let mut path = Names::new();
        let mut colons = 0;
        for token in tokens {
            match &token {
                TokenTree::Ident(word) if colons == 2 => path.push(word.to_string()),
                TokenTree::Ident(word) => {
                    self.used.insert(std::mem::replace(&mut path, vec![word.to_string()]));
                }
                TokenTree::Group(group) => self.words(group.stream()),
                _ => {}
            }
            let colon = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
            colons = if colon { colons + 1 } else { 0 };
        }
        self.used.insert(path);
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        let (name, attributes) = match item {
            Item::Const(one) => (Some(&one.ident), &one.attrs),
            Item::Enum(one) => (Some(&one.ident), &one.attrs),
            Item::Fn(one) => (Some(&one.sig.ident), &one.attrs),
            Item::Static(one) => (Some(&one.ident), &one.attrs),
            Item::Struct(one) => (Some(&one.ident), &one.attrs),
            Item::Trait(one) => (Some(&one.ident), &one.attrs),
            Item::Type(one) => (Some(&one.ident), &one.attrs),
            Item::Macro(one) => (one.ident.as_ref(), &one.attrs),
            Item::Mod(one) => (one.content.is_some().then_some(&one.ident), &one.attrs),
            Item::Use(one) => (None, &one.attrs),
            Item::Impl(one) => (None, &one.attrs),
            _ => return,
        };
        if is_test(attributes) {
            return;
        }
        self.items.extend(name.map(ToString::to_string));
        match item {
            Item::Mod(one) if one.content.is_none() => {
                self.children.insert(one.ident.to_string());
            }
            Item::Use(one) => {
                let public = !matches!(one.vis, syn::Visibility::Inherited);
                self.import(&one.tree, &Names::new(), public);
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.used.insert(path.segments.iter().map(|part| part.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.words(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

/// The module that defines what a path means in a module, and the item's name. `None` for what is
/// not of this crate, and for modules themselves.
fn resolve<'a>(
    modules: &'a Crate,
    within: &'a [String],
    path: &[String],
    depth: usize,
) -> Option<(&'a Names, String)> {
    let (first, rest) = path.split_first()?;
    let (at, module) = modules.get_key_value(within)?;
    // A name and a module may import each other's names without end.
    if depth > 16 {
        return None;
    }
    match first.as_str() {
        "crate" => resolve(modules, &[], rest, depth + 1),
        "self" => resolve(modules, within, rest, depth + 1),
        "super" => resolve(modules, &within[..within.len().checked_sub(1)?], rest, depth + 1),
        // A function may be called like a module.
        name if module.children.contains(name) && !rest.is_empty() => {
            let child = [within, &[name.to_owned()]].concat();
            let (child, _) = modules.get_key_value(&child)?;
            resolve(modules, child, rest, depth + 1)
        }
        name if module.items.contains(name) => Some((at, name.to_owned())),
        name => match module.imports.get(name) {
            Some(import) if import[0] == *name && import.len() == 1 => None,
            Some(import) => {
                resolve(modules, within, &[import.as_slice(), rest].concat(), depth + 1)
            }
            None => module.globs.iter().find_map(|glob| {
                resolve(modules, within, &[glob.as_slice(), path].concat(), depth + 1)
            }),
        },
    }
}

type Uses<'a> = BTreeMap<(&'a Names, &'a Names), BTreeSet<String>>;

/// Which module uses which other one, and what of it.
fn uses(modules: &Crate) -> Uses<'_> {
    let mut uses = Uses::new();
    for (name, module) in modules {
        for path in &module.used {
            if let Some((target, item)) = resolve(modules, name, path, 0)
                && target != name
            {
                uses.entry((name, target)).or_default().insert(item);
            }
        }
    }
    uses
}

/// Groups of modules that all come to each other by what they use.
fn circles<'a>(uses: &Uses<'a>) -> Vec<Vec<&'a Names>> {
    let reached = |from: &'a Names| {
        let mut reached: BTreeSet<&Names> = BTreeSet::new();
        let mut left = vec![from];
        while let Some(at) = left.pop() {
            for (_, to) in uses.keys().filter(|(from, _)| *from == at) {
                if reached.insert(to) {
                    left.push(to);
                }
            }
        }
        reached
    };
    let all: BTreeSet<&Names> = uses.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let reach: BTreeMap<&Names, BTreeSet<&Names>> =
        all.iter().map(|name| (*name, reached(name))).collect();
    let mut circles: Vec<Vec<&Names>> = Vec::new();
    for name in &all {
        if reach[name].contains(name) && circles.iter().all(|circle| !circle.contains(name)) {
            let back = reach[name].iter().copied().filter(|other| reach[other].contains(name));
            circles.push(back.collect());
        }
    }
    circles
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each file is a name and a text; the first one is the root.
    fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join("one/src").join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        let modules = read_crate(&folder.path().join("one")).unwrap();
        let uses = uses(&modules);
        let circles = circles(&uses);
        circles.iter().map(|circle| circle.iter().map(|name| name.join("::")).collect()).collect()
    }

    #[test]
    fn files_that_import_each_other_are_found() {
        let root = ("lib.rs", "mod a; mod b; mod c; mod d; pub use c::C;");
        let circle = [
            root,
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "pub struct B; fn f() { println!(\"{}\", crate::C::new()); }"),
            ("c.rs", "pub struct C; fn f(_: super::a::A) {}"),
            ("d.rs", "use crate::a::A; fn f(_: A) {}"),
        ];
        assert_eq!(found(&circle), [["a", "b", "c"]]);
        let mut open = circle;
        open[3].1 = "pub struct C; #[cfg(test)] mod tests { use super::super::a::A; }";
        assert_eq!(found(&open), [[""; 0]; 0]);
    }

    #[test]
    fn a_parent_that_only_passes_on_is_in_no_circle() {
        let children = [("x/a.rs", "use super::B; pub struct A(B);"), ("x/b.rs", "pub struct B;")];
        let parent = |text| [("lib.rs", "mod x;"), ("x.rs", text), children[0], children[1]];
        assert_eq!(found(&parent("mod a; mod b; pub use a::A; pub use b::B;")), [[""; 0]; 0]);
        let own = parent("mod a; use a::A; pub struct B; fn f(_: A) {}");
        assert_eq!(found(&own), [["x", "x::a"]]);
    }
}
