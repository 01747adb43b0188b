//! Addresses outside that are called, and which of them may be.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;
use url::{Host, Url};

use super::fields::{self, FieldProblem};

/// What may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What everybody on the internet could call, by https. Nothing of the network that calls, of its machine, or of the
    /// cloud's services for that.
    Public,
    /// Anything, also by http: for work on one machine.
    Anywhere,
}

/// Why a URL is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// It is no URL of the web.
    #[error("it is no URL of the web")]
    NoUrl,
    /// It is not https.
    #[error("it is not https")]
    NotHttps,
    /// It names an address that not everybody could call.
    #[error("it names an address that is not public")]
    NotPublic,
}

/// Where a request goes, spelled in one way only: hosts as the URL standard writes them, so that addresses in decimal,
/// octal, hexadecimal, shortened or escaped spelling are the addresses that they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Scheme, host and port.
    pub origin: String,
    /// Path and query.
    pub path: String,
}

impl Reach {
    /// The most characters of the URL of a webhook or bot.
    pub const MAX_URL: usize = 255;

    /// Reads the URL of a webhook or bot. Where its name leads is looked at when it is called.
    pub fn webhook_url(self, value: &Value) -> Result<String, FieldProblem> {
        let raw = fields::text::<{ Reach::MAX_URL }>(value)?;
        self.target(&raw).map_err(|problem| format!("is not taken: {problem}."))?;
        // The URL standard passes over some of these.
        if raw.chars().any(|char| char.is_control() || char.is_whitespace()) {
            return Err("must not hold spaces or line breaks.".to_owned());
        }
        let url = Url::parse(&raw).map_err(|_| "must be a valid URL.")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user name or password; use useBasicAuth.".to_owned());
        }
        Ok(raw)
    }

    /// Where a URL leads. A name is looked up when it is called, and [`Reach::takes`] is asked of what it stands for.
    pub fn target(self, url: &str) -> Result<Target, BadTarget> {
        let url = Url::parse(url).map_err(|_| BadTarget::NoUrl)?;
        match (url.scheme(), self) {
            ("https", _) | ("http", Reach::Anywhere) => {}
            ("http", Reach::Public) => return Err(BadTarget::NotHttps),
            _ => return Err(BadTarget::NoUrl),
        }
        let address = match url.host().ok_or(BadTarget::NoUrl)? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        };
        if address.is_some_and(|address| !self.takes(address)) {
            return Err(BadTarget::NotPublic);
        }
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Ok(Target { origin: url.origin().ascii_serialization(), path })
    }

    /// Whether a connection to this address may be opened.
    pub fn takes(self, address: IpAddr) -> bool {
        match (self, address) {
            (Reach::Anywhere, _) => true,
            (Reach::Public, IpAddr::V4(address)) => is_public_v4(address),
            (Reach::Public, IpAddr::V6(address)) => is_public_v6(address),
        }
    }
}

/// By IANA's registry of special addresses: whatever is not globally reachable, and what is not one machine.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match (a, b, c) {
        // This network, private, loopback.
        (0 | 10 | 127, ..) => true,
        // Shared by providers.
        (100, 64..=127, _) => true,
        // Link-local: the metadata of machines in clouds among them.
        (169, 254, _) => true,
        (172, 16..=31, _) | (192, 168, _) => true,
        // Protocol assignments, documentation, relays of 6to4, benchmarks.
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => true,
        // Groups, reserved, broadcast.
        (224..=255, ..) => true,
        _ => false,
    };
    !is_special
}

/// Global unicast is 2000::/3; so loopback, link-local, unique local, mapped and translated IPv4 are outside of it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_special = match (a, b) {
        // Protocol assignments, tunnels of Teredo among them, and documentation.
        (0x2001, 0..=0x01ff | 0x0db8) => true,
        // 6to4 holds an IPv4 address.
        (0x2002, _) => true,
        (0x3fff, 0..=0x0fff) => true,
        _ => false,
    };
    (0x2000..=0x3fff).contains(&a) && !is_special
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::loopback("https://127.0.0.1/")]
    #[case::all_of_loopback("https://127.8.9.10/")]
    #[case::decimal("https://2130706433/")]
    #[case::octal("https://0177.0.0.1/")]
    #[case::hexadecimal("https://0x7f000001/")]
    #[case::mixed("https://0x7f.1/")]
    #[case::shortened("https://127.1/")]
    #[case::escaped("https://%31%32%37.0.0.1/")]
    #[case::full_width("https://１２７.０.０.１/")]
    #[case::with_a_dot("https://127.0.0.1./")]
    #[case::unspecified("https://0.0.0.0/")]
    #[case::zero("https://0/")]
    #[case::private_a("https://10.0.0.1/")]
    #[case::private_b("https://172.16.0.1/")]
    #[case::private_c("https://192.168.1.1/")]
    #[case::shared("https://100.64.0.1/")]
    #[case::metadata("https://169.254.169.254/latest/meta-data/")]
    #[case::metadata_decimal("https://2852039166/")]
    #[case::credentials_of_containers("https://169.254.170.2/")]
    #[case::benchmark("https://198.18.0.1/")]
    #[case::group("https://224.0.0.1/")]
    #[case::broadcast("https://255.255.255.255/")]
    #[case::loopback_v6("https://[::1]/")]
    #[case::unspecified_v6("https://[::]/")]
    #[case::mapped("https://[::ffff:127.0.0.1]/")]
    #[case::mapped_hexadecimal("https://[::ffff:7f00:1]/")]
    #[case::mapped_metadata("https://[::ffff:a9fe:a9fe]/")]
    #[case::mapped_private("https://[::ffff:10.0.0.1]/")]
    #[case::mapped_longhand("https://[0:0:0:0:0:ffff:7f00:1]/")]
    #[case::translated_to_ipv4("https://[::ffff:0:7f00:1]/")]
    #[case::metadata_octal("https://0251.0376.0251.0376/")]
    #[case::metadata_hexadecimal("https://0xa9fea9fe/")]
    #[case::metadata_shortened("https://169.254.43518/")]
    #[case::metadata_with_a_dot("https://169.254.169.254./")]
    #[case::with_a_user("https://hooks.example@127.0.0.1/")]
    #[case::with_a_backslash("https://127.0.0.1\\@hooks.example/")]
    #[case::translated_metadata("https://[64:ff9b::169.254.169.254]/")]
    #[case::translated_locally("https://[64:ff9b:1::7f00:1]/")]
    #[case::six_to_four_metadata("https://[2002:a9fe:a9fe::1]/")]
    #[case::discarded("https://[100::1]/")]
    #[case::site_local("https://[fec0::1]/")]
    #[case::compatible("https://[::127.0.0.1]/")]
    #[case::translated("https://[64:ff9b::7f00:1]/")]
    #[case::six_to_four("https://[2002:7f00:1::]/")]
    #[case::teredo("https://[2001:0:7f00:1::]/")]
    #[case::link_local_v6("https://[fe80::1]/")]
    #[case::unique_local("https://[fd00:ec2::254]/")]
    #[case::group_v6("https://[ff02::1]/")]
    #[case::documentation_v6("https://[2001:db8::1]/")]
    fn an_address_that_is_not_public_is_refused_by_any_spelling(#[case] url: &str) {
        assert_eq!(Reach::Public.target(url), Err(BadTarget::NotPublic), "{url}");
    }

    #[rstest]
    #[case("http://hooks.example/", BadTarget::NotHttps)]
    #[case("http://127.0.0.1/", BadTarget::NotHttps)]
    #[case("ftp://hooks.example/", BadTarget::NoUrl)]
    #[case("file:///etc/passwd", BadTarget::NoUrl)]
    #[case("gopher://127.0.0.1/", BadTarget::NoUrl)]
    #[case("hooks.example", BadTarget::NoUrl)]
    #[case("https://[fe80::1%25eth0]/", BadTarget::NoUrl)]
    #[case("https://[::1/", BadTarget::NoUrl)]
    #[case("https://256.0.0.1/", BadTarget::NoUrl)]
    #[case("", BadTarget::NoUrl)]
    fn what_is_not_https_is_refused(#[case] url: &str, #[case] why: BadTarget) {
        assert_eq!(Reach::Public.target(url), Err(why), "{url}");
    }

    #[rstest]
    #[case("https://HOOKS.example:443/a?b=c#d", "https://hooks.example", "/a?b=c")]
    #[case("https://hooks.example:8443", "https://hooks.example:8443", "/")]
    #[case("https://8.8.8.8/", "https://8.8.8.8", "/")]
    #[case("https://[2606:4700::1111]/x", "https://[2606:4700::1111]", "/x")]
    fn what_is_public_is_taken_in_one_spelling(#[case] url: &str, #[case] origin: &str, #[case] path: &str) {
        let target = Reach::Public.target(url).unwrap();
        assert_eq!((target.origin.as_str(), target.path.as_str()), (origin, path));
    }

    #[test]
    fn anything_is_taken_where_that_is_allowed() {
        assert!(Reach::Anywhere.target("http://127.0.0.1:9000/hook").is_ok());
        assert!(Reach::Anywhere.target("file:///etc/passwd").is_err());
    }
}
