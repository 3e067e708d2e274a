//! Every spelling of a place that no endpoint may have is refused, by name; ordinary ones pass.

use hookgate_relay::guard::{EndpointUrl, Guard, UrlRefusal};

fn check(text: &str) -> Result<(), UrlRefusal> {
    EndpointUrl::parse(text, Guard::default()).map(|_| ())
}

/// Hosts that are not public, as they stand between `https://` and `/`.
const PRIVATE_HOSTS: &[&str] = &[
    // Loopback: dotted, short, decimal, octal, hexadecimal, mixed, and with a dot at the end.
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.1.",
    "127.0.1",
    "127.255.255.254",
    "127.000.000.001",
    "2130706433",
    "2130706433.",
    "017700000001",
    "0x7f000001",
    "0X7F000001",
    "0x7F.1",
    "0x7f.0x0.0x0.0x1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "0177.0.0.01",
    "00000177.0.0.1",
    "0177.0x0.0.1",
    "127.0x1",
    "127.0.0x0.0x1",
    "127.65535",
    "127.0xffff",
    "0x7f.65535",
    // The same, through the parser's decoding: percent, full width, circled, ideographic dots.
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "127%2E0.0.1",
    "%30x7f.1",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "⑫7.0.0.1",
    "𝟙𝟚𝟟.0.0.1",
    "127.0.0.\u{ad}1",
    "127.0.0.\u{200b}1",
    "1\t27.0.0.1",
    "127.0.\n0.1",
    // Where a query would read another name.
    "example.com&a=.evil.com",
    "example.com+evil.com",
    "a.example;type=txt.evil.com",
    // This network, private, shared, link-local.
    "0",
    "0.0.0.0",
    "0x0",
    "00",
    "0.1.2.3",
    "0.255.255.255",
    "10.0.0.1",
    "10.255.255.255",
    "10.1",
    "012.0.0.1",
    "0xa.0.0.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "172.1048577",
    "0xac.0x10.0.1",
    "2886729729",
    "192.168.0.1",
    "192.168.255.255",
    "192.168.1",
    "192.11010049",
    "0300.0250.0.1",
    "0xc0a80001",
    "3232235521",
    "100.64.0.1",
    "100.127.255.255",
    "100.100.100.200",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.169.254.",
    "169.254.43518",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "0xa9.254.0251.254",
    "169.254.170.2",
    // Protocols, documentation, benchmarks, relays, multicast, reserved, broadcast.
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.254",
    "255.255.255.255",
    "4294967295",
    "0xffffffff",
    "037777777777",
    "168.63.129.16",
    // IPv6: unspecified, loopback, and IPv4 inside.
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::0.0.0.1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::FFFF:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::ffff:192.168.1.1]",
    "[::ffff:8.8.8.8]",
    "[::ffff:0:127.0.0.1]",
    "[::ffff:0:7f00:1]",
    // NAT64, 6to4, Teredo, ISATAP.
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::8.8.8.8]",
    "[64:ff9b:1::1]",
    "[64:ff9b:1:fffe::10.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:7f00:0001::1]",
    "[2002:a00:1::1]",
    "[2002:c0a8:101::1]",
    "[2002:808:808::1]",
    "[2001::1]",
    "[2001:0:7f00:1::1]",
    "[2606:4700::5efe:127.0.0.1]",
    "[2606:4700::200:5efe:10.0.0.1]",
    // Unique local, link-local, site-local, multicast, documentation, discard, segment routing.
    "[fc00::1]",
    "[fd00::1]",
    "[fd00:ec2::254]",
    "[fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
    "[fe80::1]",
    "[FE80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[feff::1]",
    "[ff00::1]",
    "[ff02::1]",
    "[ff05::1:3]",
    "[ff0e::1]",
    "[2001:2::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[2001:db8::1]",
    "[2001:0db8:85a3::8a2e:370:7334]",
    "[3fff::1]",
    "[3fff:fff::1]",
    "[3ffe::1]",
    "[2620:4f:8000::1]",
    "[100::1]",
    "[100:0:0:1::1]",
    "[5f00::1]",
    "[200::1]",
    "[4000::1]",
    "[e000::1]",
    // Names that lead inside.
    "localhost",
    "LOCALHOST",
    "LocalHost.",
    "localhost..",
    "a.localhost",
    "a.b.localhost.",
    "ｌｏｃａｌｈｏｓｔ",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "local\u{ad}host",
    "loc\u{200b}alhost",
    "%6c%6f%63%61%6c%68%6f%73%74",
    "loc%61lhost",
    "localhost.localdomain",
    "db",
    "redis",
    "metadata",
    "kubernetes",
    "instance-data",
    "metadata.google.internal",
    "metadata.google.internal.",
    "METADATA.GOOGLE.INTERNAL",
    "metadata.goog",
    "metadata.goog.",
    "instance-data.ec2.internal",
    "ip-10-0-0-1.eu-west-1.compute.internal",
    "printer.local",
    "printer.LOCAL",
    "printer。local",
    "printer.ｌｏｃａｌ",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "api.default.svc.cluster",
    "router.lan",
    "router.home",
    "nas.home.arpa",
    "1.0.0.127.in-addr.arpa",
    "wiki.corp",
    "mx.mail",
    "db.private",
    "intra.intranet",
    "pc.workgroup",
    "web.service.consul",
    "web.service.nomad",
    "a.test",
    "a.invalid",
    "a.alt",
    "duskgytldkxiuqc6.onion",
    // Names that answer with the address they contain.
    "127.0.0.1.nip.io",
    "7f000001.nip.io",
    "nip.io",
    "169-254-169-254.sslip.io",
    "10.0.0.1.xip.io",
    "localtest.me",
    "a.localtest.me",
    "a.lvh.me",
    "a.vcap.me",
    "a.lacolhost.com",
    "a.localhost.direct",
    "7f000001.c0a80001.rbndr.us",
    "make-127.0.0.1-rr.1u.ms",
    // Names that are none.
    "a..example.com",
    ".example.com",
    "example.com..",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com",
];

/// Whole URLs that break another rule, or hide their host.
const REFUSED: &[(&str, UrlRefusal)] = &[
    ("", UrlRefusal::Malformed),
    ("example.com", UrlRefusal::Malformed),
    ("//example.com/", UrlRefusal::Malformed),
    ("/hooks", UrlRefusal::Malformed),
    ("https://", UrlRefusal::Malformed),
    ("https:///", UrlRefusal::Malformed),
    ("https://?x", UrlRefusal::Malformed),
    ("https://[fe80::1%25eth0]/", UrlRefusal::Malformed),
    ("https://[fe80::1%eth0]/", UrlRefusal::Malformed),
    ("https://[::1%251]/", UrlRefusal::Malformed),
    ("https://[::1/", UrlRefusal::Malformed),
    ("https://::1/", UrlRefusal::Malformed),
    ("https://[127.0.0.1]/", UrlRefusal::Malformed),
    ("https://[v1.fe80::1]/", UrlRefusal::Malformed),
    ("https://256.256.256.256/", UrlRefusal::Malformed),
    ("https://127.0.0.1.1/", UrlRefusal::Malformed),
    ("https://4294967296/", UrlRefusal::Malformed),
    ("https://0x100000000/", UrlRefusal::Malformed),
    ("https://127.0.0.09/", UrlRefusal::Malformed),
    ("https://exa mple.com/", UrlRefusal::Malformed),
    ("https://exa%00mple.com/", UrlRefusal::Malformed),
    ("https://exa<mple.com/", UrlRefusal::Malformed),
    ("https://example.com:99999/", UrlRefusal::Malformed),
    ("https://example.com:port/", UrlRefusal::Malformed),
    ("ftp://example.com/", UrlRefusal::Malformed),
    ("file:///etc/passwd", UrlRefusal::Malformed),
    ("gopher://127.0.0.1:6379/_", UrlRefusal::Malformed),
    ("dict://127.0.0.1:11211/", UrlRefusal::Malformed),
    ("ws://example.com/", UrlRefusal::Malformed),
    ("data:text/plain,x", UrlRefusal::Malformed),
    ("javascript:alert(1)", UrlRefusal::Malformed),
    ("blob:https://example.com/x", UrlRefusal::Malformed),
    ("http://example.com/", UrlRefusal::NotHttps),
    ("HTTP://example.com/", UrlRefusal::NotHttps),
    ("http://127.0.0.1/", UrlRefusal::NotHttps),
    ("https://user@example.com/", UrlRefusal::Credentials),
    ("https://user:@example.com/", UrlRefusal::Credentials),
    ("https://:pw@example.com/", UrlRefusal::Credentials),
    ("https://example.com@127.0.0.1/", UrlRefusal::Credentials),
    ("https://127.0.0.1@example.com/", UrlRefusal::Credentials),
    ("https://a@b@127.0.0.1/", UrlRefusal::Credentials),
    (
        "https://example.com%40x@127.0.0.1/",
        UrlRefusal::Credentials,
    ),
    (
        "https://example.com:443@127.0.0.1/",
        UrlRefusal::Credentials,
    ),
    ("https://example.com:22/", UrlRefusal::Port),
    ("https://example.com:80/", UrlRefusal::Port),
    ("https://example.com:0/", UrlRefusal::Port),
    ("https://example.com:6379/", UrlRefusal::Port),
    ("https://example.com:8080/", UrlRefusal::Port),
    ("https://example.com:65535/", UrlRefusal::Port),
    ("https:127.0.0.1", UrlRefusal::PrivateHost),
    ("https:/127.0.0.1/", UrlRefusal::PrivateHost),
    ("https:///127.0.0.1/", UrlRefusal::PrivateHost),
    ("https:\\\\127.0.0.1\\", UrlRefusal::PrivateHost),
    ("https://127.0.0.1\\@example.com/", UrlRefusal::PrivateHost),
    ("https://127.0.0.1#@example.com/", UrlRefusal::PrivateHost),
    ("https://127.0.0.1?@example.com/", UrlRefusal::PrivateHost),
    ("https://127.0.0.1/@example.com", UrlRefusal::PrivateHost),
    (" https://127.0.0.1/ ", UrlRefusal::PrivateHost),
    ("\thttps://localhost/", UrlRefusal::PrivateHost),
    ("ht\ntps://localhost/", UrlRefusal::PrivateHost),
    ("hTTps://127.0.0.1/", UrlRefusal::PrivateHost),
    ("https://127.0.0.1:443/", UrlRefusal::PrivateHost),
    ("https://localhost:8443/", UrlRefusal::PrivateHost),
    ("https://[::1]:8443/", UrlRefusal::PrivateHost),
    ("https://*/", UrlRefusal::PrivateHost),
];

const PASSING: &[&str] = &[
    "https://example.com",
    "https://example.com/",
    "https://example.com./",
    "https://EXAMPLE.com/",
    "HTTPS://example.com/",
    "https://example.com:443/",
    "https://example.com:8443/hooks",
    "https://example.com/hooks?x=1&y=%2F",
    "https://example.com/hooks#part",
    "https://example.com/@user",
    "https://example.com/?u=http://127.0.0.1/",
    "https://example.com/http://localhost/",
    "https://a.b.c.d.example.com/",
    "https://xn--bcher-kva.example/",
    "https://bücher.example/",
    "https://例え.テスト.example/",
    "https://receiver.example/hook",
    "https://internal.example.com/",
    "https://localhost.example.com/",
    "https://local.example.com/",
    "https://my-internal.com/",
    "https://notlocalhost.com/",
    "https://mylocal.dev/",
    "https://svc.example.com/",
    "https://svc-cluster.com/",
    "https://snip.io/",
    "https://mynip.io/",
    "https://hooks.a1.io/",
    "https://10.example.com/",
    "https://127.0.0.1.example.com/",
    "https://0x7f.example.com/",
    "https://my_app.example.com/",
    "https://hooks.slack.com/services/T0/B0/x",
    "https://api.eu-west-1.amazonaws.com/",
    "https://example.workers.dev/",
    "https://1.1.1.1/",
    "https://8.8.8.8/",
    "https://134744072/",
    "https://9.255.255.255/",
    "https://11.0.0.0/",
    "https://100.63.255.255/",
    "https://100.128.0.0/",
    "https://126.255.255.255/",
    "https://128.0.0.1/",
    "https://169.253.255.255/",
    "https://169.255.0.0/",
    "https://172.15.255.255/",
    "https://172.32.0.0/",
    "https://192.167.255.255/",
    "https://192.169.0.0/",
    "https://198.17.255.255/",
    "https://198.20.0.0/",
    "https://223.255.255.255/",
    "https://168.63.129.17/",
    "https://[2606:4700:4700::1111]/",
    "https://[2001:4860:4860::8888]/",
    "https://[2a00:1450::1]/",
    "https://[2001:200::1]/",
    "https://[2003::1]/",
    "https://[2620:4f:8001::1]/",
];

#[test]
fn a_host_that_is_not_public_is_refused_in_every_spelling() {
    assert!(PRIVATE_HOSTS.len() >= 150, "{}", PRIVATE_HOSTS.len());
    for host in PRIVATE_HOSTS {
        for rest in ["/", ":8443/hook?x=1#y", ""] {
            let url = format!("https://{host}{rest}");
            assert_eq!(check(&url), Err(UrlRefusal::PrivateHost), "{url:?}");
        }
    }
}

#[test]
fn each_other_rule_names_itself() {
    for (url, refusal) in REFUSED {
        assert_eq!(check(url), Err(*refusal), "{url:?}");
    }
}

#[test]
fn public_hosts_pass_and_their_neighbours_with_them() {
    assert!(PASSING.len() >= 40, "{}", PASSING.len());
    for url in PASSING {
        assert_eq!(check(url), Ok(()), "{url:?}");
    }
}

#[test]
fn what_has_passed_is_read_the_same_way_a_second_time() {
    for url in PASSING {
        let once = EndpointUrl::parse(url, Guard::default()).unwrap();
        let twice = EndpointUrl::parse(once.as_str(), Guard::default()).unwrap();
        assert_eq!(once, twice, "{url:?}");
    }
}

#[test]
fn no_table_lists_anything_twice() {
    let refused = REFUSED.iter().map(|(url, _)| *url);
    let mut all: Vec<&str> = PRIVATE_HOSTS.iter().copied().chain(refused).collect();
    all.extend(PASSING);
    let length = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), length);
}

#[test]
fn a_developer_may_allow_loopback_but_never_credentials() {
    let open = Guard {
        allow_private: true,
    };
    for url in ["http://127.0.0.1:8788/hook", "https://localhost:1/"] {
        assert!(EndpointUrl::parse(url, open).is_ok(), "{url}");
    }
    for (url, refusal) in [
        ("http://u:p@127.0.0.1/", UrlRefusal::Credentials),
        ("file:///etc/passwd", UrlRefusal::Malformed),
        ("nonsense", UrlRefusal::Malformed),
    ] {
        assert_eq!(EndpointUrl::parse(url, open).unwrap_err(), refusal, "{url}");
    }
}
