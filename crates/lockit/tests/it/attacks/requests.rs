//! Addresses that a channel names: other schemes, other hosts, what no client takes.

use lockit_testkit::{Builder, Server, channel_from_yaml};

use crate::context::TestContext;
use crate::scene::CHANNEL;

/// Locks from a channel whose index says that its packages are elsewhere.
fn locked_from(base_url: &str, offer: fn(Builder) -> Builder) -> (i32, String) {
    let channel = channel_from_yaml(CHANNEL);
    for subdir in ["noarch", "linux-64"] {
        let path = channel.path().join(subdir).join("repodata.json");
        let mut index: serde_json::Value =
            serde_json::from_slice(&fs_err::read(&path).unwrap()).unwrap();
        index["info"]["base_url"] = base_url.into();
        fs_err::write(&path, index.to_string()).unwrap();
    }
    let server = offer(Server::builder(channel.path())).start().unwrap();
    let context = TestContext::new();
    context.write(
        "environment.yml",
        &format!("channels: ['{}']\nplatforms: [linux-64]\ndependencies: [app]\n", server.url()),
    );
    let output = context.run(&[]);
    (output.status.code().unwrap(), context.render(&output))
}

#[test]
fn a_channel_of_the_network_names_no_files() {
    for base_url in ["file:///etc/", "ftp://host/c/", "oci://ghcr.io/c/"] {
        let (code, shown) = locked_from(base_url, Builder::plain);
        assert_eq!(code, 2, "{shown}");
        assert!(shown.contains("its index says that `app` is at"), "{shown}");
        assert!(shown.contains(base_url), "{shown}");
    }
}

#[test]
fn another_host_is_told() {
    let (code, shown) = locked_from("https://elsewhere.example/c/", Builder::plain);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("come from another server: `https://elsewhere.example`"), "{shown}");
    assert_eq!(shown.matches("another server").count(), 1, "{shown}");
    let (code, shown) = locked_from("../somewhere/", Builder::plain);
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("another server"), "{shown}");
}
