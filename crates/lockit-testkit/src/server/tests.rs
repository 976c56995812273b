//! The server, asked over plain sockets: no HTTP client stands between a fault and the test.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use super::*;
use crate::{TempDir, channel_from_yaml, digest, shards::Shards};

const REPODATA: &str = "conda-forge/noarch/repodata.json";
const SHARD_INDEX: &str = "conda-forge/noarch/repodata_shards.msgpack.zst";

fn channel() -> TempDir {
    channel_from_yaml("packages: {app: {versions: [1.0], noarch: generic}}")
}

fn server() -> (TempDir, Server) {
    let channel = channel();
    let server = Server::builder(channel.path()).start().unwrap();
    (channel, server)
}

/// What a client sees.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// One request on a connection of its own; the body is all that came before the end.
fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(server.address())?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "{method} /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")?;
    for (key, value) in headers {
        write!(stream, "{key}: {value}\r\n")?;
    }
    write!(stream, "\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
    Ok(Answer { status, head, body: bytes[end + 4..].to_vec() })
}

fn get(server: &Server, path: &str) -> Answer {
    ask(server, "GET", path, &[]).unwrap()
}

#[test]
fn all_three_forms_say_the_same() {
    let (channel, server) = server();
    let plain = fs_err::read(channel.path().join("noarch/repodata.json")).unwrap();
    assert_eq!(get(&server, REPODATA).body, plain);

    let zst = get(&server, "conda-forge/noarch/repodata.json.zst");
    assert_eq!(zstd::decode_all(zst.body.as_slice()).unwrap(), plain);

    let expected = Shards::from_repodata(&plain).unwrap();
    assert_eq!(get(&server, SHARD_INDEX).body, expected.index);
    let (digest, shard) = expected.shards.first_key_value().unwrap();
    let sent = get(&server, &format!("conda-forge/noarch/shards/{digest}.msgpack.zst")).body;
    assert_eq!(&sent, shard);
    assert_eq!(digest::sha256(&sent), *digest);
}

#[test]
fn only_what_is_offered_is_there() {
    let channel = channel();
    let server = Server::builder(channel.path()).zstd().start().unwrap();
    assert_eq!(get(&server, "conda-forge/noarch/repodata.json.zst").status, 200);
    assert_eq!(get(&server, REPODATA).status, 404);
    assert_eq!(get(&server, SHARD_INDEX).status, 404);
    assert_eq!(get(&server, "conda-forge/noarch/repodata.json.bz2").status, 404);
    assert_eq!(get(&server, "conda-forge/linux-64/repodata.json.zst").status, 404);
}

#[test]
fn archives_are_served_and_nothing_outside_the_folder() {
    let (channel, server) = server();
    let archive = fs_err::read_dir(channel.path().join("noarch"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "conda"))
        .unwrap();
    let name = archive.file_name().unwrap().to_str().unwrap();
    let sent = get(&server, &format!("conda-forge/noarch/{name}"));
    assert_eq!(sent.body, fs_err::read(&archive).unwrap());
    assert_eq!(get(&server, "conda-forge/../../etc/hostname").status, 404);
    assert_eq!(get(&server, "conda-forge//etc/hostname").status, 404);
}

#[test]
fn an_unchanged_file_is_not_sent_again() {
    let (channel, server) = server();
    let first = get(&server, REPODATA);
    let (etag, date) = (first.header("etag").unwrap(), first.header("last-modified").unwrap());
    let again = |header: (&str, &str)| ask(&server, "GET", REPODATA, &[header]).unwrap();
    let unchanged = again(("If-None-Match", etag));
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    assert_eq!(again(("If-Modified-Since", date)).status, 304);
    assert_eq!(again(("If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT")).status, 200);

    fs_err::write(channel.path().join("noarch/repodata.json"), "{}").unwrap();
    assert_eq!(again(("If-None-Match", etag)).body, b"{}");
}

/// Large files take another way: they are not read to answer 304 or HEAD.
#[test]
fn a_large_file_is_served_like_a_small_one() {
    let (channel, server) = server();
    let large = format!("{{\"info\":{{}}}}{}", " ".repeat(9 << 20));
    fs_err::write(channel.path().join("noarch/repodata.json"), &large).unwrap();
    let first = get(&server, REPODATA);
    assert_eq!(first.body, large.as_bytes());
    let etag = first.header("etag").unwrap();
    let again = ask(&server, "GET", REPODATA, &[("If-None-Match", etag)]).unwrap();
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = ask(&server, "HEAD", REPODATA, &[]).unwrap();
    assert_eq!(head.header("content-length"), Some(large.len().to_string().as_str()));
    let zst = get(&server, "conda-forge/noarch/repodata.json.zst").body;
    assert_eq!(zstd::decode_all(zst.as_slice()).unwrap(), large.as_bytes());
}

#[test]
fn caches_are_told_to_ask_every_time() {
    let (channel, server) = server();
    assert_eq!(get(&server, REPODATA).header("cache-control"), Some("no-cache"));
    let start = |value| Server::builder(channel.path()).cache_control(value).start().unwrap();
    let sure = get(&start("max-age=60"), REPODATA);
    assert_eq!(sure.header("cache-control"), Some("max-age=60"));
    assert_eq!(get(&start(""), REPODATA).header("cache-control"), None);
}

#[test]
fn every_form_has_a_tag_of_its_own() {
    let (_channel, server) = server();
    let tags: std::collections::BTreeSet<_> =
        [REPODATA, "conda-forge/noarch/repodata.json.zst", SHARD_INDEX]
            .map(|path| get(&server, path).header("etag").unwrap().to_owned())
            .into();
    assert_eq!(tags.len(), 3);
}

#[test]
fn head_has_the_length_and_no_body() {
    let (_channel, server) = server();
    let length = get(&server, REPODATA).body.len().to_string();
    let head = ask(&server, "HEAD", REPODATA, &[]).unwrap();
    assert_eq!((head.status, head.header("content-length")), (200, Some(length.as_str())));
    assert_eq!(head.body, b"");
}

#[test]
fn a_connection_is_kept_open() {
    let (_channel, server) = server();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    for _ in 0..2 {
        write!(stream, "HEAD /{REPODATA} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}

#[test]
fn the_log_has_every_request() {
    let (_channel, server) = server();
    server.fault("*/nothing", Fault::Status(403));
    ask(&server, "HEAD", REPODATA, &[("User-Agent", "test")]).unwrap();
    get(&server, "t/secret/conda-forge/nothing");
    let lines: Vec<_> = server.requests().iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["HEAD conda-forge/noarch/repodata.json 200", "GET conda-forge/nothing 403"]);
    assert_eq!(server.count("*/repodata.json"), 1);
    let requests = server.take_requests();
    assert_eq!(requests[0].header("user-agent"), Some("test"));
    assert_eq!(requests[1].token.as_deref(), Some("secret"));
    assert!(server.requests().is_empty());
}

#[test]
fn a_status_for_some_time_and_then_the_file() {
    let (_channel, server) = server();
    server.fault_times("*/repodata.json", 2, Fault::Status(503));
    let statuses = [(); 3].map(|()| get(&server, REPODATA).status);
    assert_eq!(statuses, [503, 503, 200]);

    server.fault("*", Fault::Status(404));
    assert_eq!(get(&server, REPODATA).status, 404);
    server.clear_faults();
    assert_eq!(get(&server, REPODATA).status, 200);
}

#[test]
fn credentials_open_the_door() {
    let (_channel, server) = server();
    let status = |path: &str, authorization: &str| {
        ask(&server, "GET", path, &[("Authorization", authorization)]).unwrap().status
    };
    server.fault("*", Fault::Unauthorized(Credentials::Bearer("abc".into())));
    assert_eq!(status(REPODATA, "Bearer abc"), 200);
    assert_eq!(status(REPODATA, "Bearer abd"), 401);
    server.clear_faults();

    let (user, password) = ("me".to_owned(), "secret".to_owned());
    server.fault("*", Fault::Unauthorized(Credentials::Basic { user, password }));
    assert_eq!(status(REPODATA, "Basic bWU6c2VjcmV0"), 200);
    assert!(get(&server, REPODATA).header("www-authenticate").unwrap().starts_with("Basic"));
    server.clear_faults();

    server.fault("*", Fault::Unauthorized(Credentials::PathToken("abc".into())));
    assert_eq!(get(&server, &format!("t/abc/{REPODATA}")).status, 200);
    assert_eq!(get(&server, &format!("t/abd/{REPODATA}")).status, 401);
    assert_eq!(get(&server, REPODATA).status, 401);
}

#[test]
fn bodies_are_spoiled_as_told() {
    let (_channel, server) = server();
    let good = get(&server, REPODATA).body;
    let spoiled = |fault: Fault| {
        server.clear_faults();
        server.fault("*", fault);
        let answer = get(&server, REPODATA);
        let length: usize = answer.header("content-length").unwrap().parse().unwrap();
        assert_eq!(answer.status, 200);
        (answer.body, length)
    };
    assert_eq!(spoiled(Fault::Truncate(10)), (good[..10].to_vec(), good.len()));
    // As much as there is would not be truncated.
    assert_eq!(spoiled(Fault::Truncate(usize::MAX)).0.len(), good.len() - 1);
    assert_eq!(spoiled(Fault::Shorten(10)), (good[..10].to_vec(), 10));
    assert_eq!(spoiled(Fault::Empty), (Vec::new(), 0));
    let (corrupt, length) = spoiled(Fault::Corrupt);
    let different = corrupt.iter().zip(&good).filter(|(left, right)| left != right).count();
    assert_eq!((length, different), (good.len(), 1));
    let (html, _) = spoiled(Fault::CaptivePortal);
    assert!(html.starts_with(b"<!DOCTYPE html>"));
    let (other, _) = spoiled(Fault::Instead(SHARD_INDEX.to_owned()));
    assert_eq!(other[..4], [0x28, 0xb5, 0x2f, 0xfd], "a zstd frame");
}

#[test]
fn slow_is_slow() {
    let (_channel, server) = server();
    let length = get(&server, REPODATA).body.len();
    server.fault("*", Fault::Drip { bytes_per_second: length * 4 });
    server.fault("*", Fault::Delay(Duration::from_millis(150)));
    let start = Instant::now();
    assert_eq!(get(&server, REPODATA).body.len(), length);
    assert!(start.elapsed() >= Duration::from_millis(350), "{:?}", start.elapsed());
}

#[test]
fn a_hanging_answer_neither_comes_nor_holds_up_the_end() {
    let (_channel, server) = server();
    server.fault("*", Fault::Hang);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    write!(stream, "GET /{REPODATA} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert!(matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{error}");
    assert_eq!(server.requests()[0].status, None);
    let start = Instant::now();
    drop(server);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_held_answer_comes_when_it_is_let_go() {
    let (_channel, server) = server();
    server.fault("*", Fault::Hold);
    assert!(!server.wait_for("*", Duration::from_millis(20)));
    std::thread::scope(|scope| {
        let client = scope.spawn(|| get(&server, REPODATA).status);
        assert!(server.wait_for("*/repodata.json", Duration::from_secs(10)));
        std::thread::sleep(Duration::from_millis(50));
        assert!(!client.is_finished());
        server.clear_faults();
        assert_eq!(client.join().unwrap(), 200);
    });
}

#[test]
fn a_fault_can_come_later() {
    let (_channel, server) = server();
    server.fault("*", Fault::Status(503));
    server.fault_times("*", 2, Fault::None);
    let statuses = [(); 3].map(|()| get(&server, REPODATA).status);
    assert_eq!(statuses, [200, 200, 503]);
}

#[test]
fn a_reset_is_a_reset() {
    let (_channel, server) = server();
    server.fault_times("*", 1, Fault::Reset);
    let error = ask(&server, "GET", REPODATA, &[]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(server.requests()[0].status, None);
    assert_eq!(get(&server, REPODATA).status, 200);
}

#[test]
fn a_redirect_says_where_to() {
    let (_channel, server) = server();
    server.fault("*/noarch/*", Fault::Redirect("/elsewhere".to_owned()));
    let answer = get(&server, REPODATA);
    assert_eq!((answer.status, answer.header("location")), (302, Some("/elsewhere")));
}

#[test]
fn an_etag_can_change_every_time() {
    let (_channel, server) = server();
    server.fault("*", Fault::NewEtag);
    let first = get(&server, REPODATA);
    let etag = first.header("etag").unwrap();
    let second = ask(&server, "GET", REPODATA, &[("If-None-Match", etag)]).unwrap();
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_ne!(second.header("etag"), Some(etag));
}

#[test]
fn the_channel_changes_after_its_index_was_read() {
    let (channel, server) = server();
    let next = channel_from_yaml("packages: {app: {versions: [2.0], noarch: generic}}");
    server.fault_times("*_shards*", 1, Fault::SwitchAfter(next.path().to_owned()));
    let plain = fs_err::read(channel.path().join("noarch/repodata.json")).unwrap();
    let old = Shards::from_repodata(&plain).unwrap();
    assert_eq!(get(&server, SHARD_INDEX).body, old.index);
    let shard =
        format!("conda-forge/noarch/shards/{}.msgpack.zst", old.shards.keys().next().unwrap());
    assert_eq!(get(&server, &shard).status, 404);
    assert_ne!(get(&server, SHARD_INDEX).body, old.index);
}

#[test]
fn several_channels_and_their_mirrors() {
    let (one, two) = (channel(), channel());
    let server = Server::builder(one.path()).channel("bioconda", two.path()).start().unwrap();
    assert_eq!(get(&server, "bioconda/noarch/repodata.json").status, 200);
    assert_eq!(get(&server, "nobody/noarch/repodata.json").status, 404);
    let root = server.root();
    assert_eq!(
        server.mirror_config(),
        format!(
            "[mirrors]\n\"https://conda.anaconda.org/bioconda\" = [\"{root}/bioconda\"]\n\
             \"https://conda.anaconda.org/conda-forge\" = [\"{root}/conda-forge\"]\n"
        ),
    );
}

#[test]
fn it_can_be_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (_channel, server) = server();
        drop(server);
    });
}
