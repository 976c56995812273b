//! Serves a channel folder until its standard input ends, to try a client by hand:
//!
//! ```text
//! cargo run -p lockit-testkit --example serve -- test-data/channel sharded
//! ```
//!
//! Prints the mirror configuration (rattler's `config.toml`), then the requests that came.

use std::{
    env,
    io::{self, Write},
};

use lockit_testkit::Server;

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "test-data/channel".to_owned());
    let mut builder = Server::builder(folder);
    for form in arguments {
        builder = match form.as_str() {
            "plain" => builder.plain(),
            "zstd" => builder.zstd(),
            "sharded" => builder.sharded(),
            other => {
                let text = format!("`{other}` is not one of `plain`, `zstd`, `sharded`");
                return Err(io::Error::other(text));
            }
        };
    }
    let server = builder.start()?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}\n{}", server.url(), server.mirror_config())?;
    out.flush()?;
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    for request in server.requests() {
        writeln!(out, "{request}")?;
    }
    Ok(())
}
