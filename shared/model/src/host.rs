//! The host that a client reached, as URLs name it.

use std::fmt;

/// Why a text is no host; completes "The `host` field …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a host name or address, with a port or without.")]
pub struct BadHost;

/// A host with its port, if it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    name: String,
    port: Option<u16>,
}

/// How a client reached the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Under which name.
    pub host: Host,
    /// Whether by TLS.
    pub is_encrypted: bool,
}

impl Host {
    /// The most bytes of a name, as in the DNS.
    const MAX_NAME: usize = 253;

    /// Reads what stands in a `Host` header. Capitals are lowered.
    pub fn parse(raw: &str) -> Result<Host, BadHost> {
        let (name, port) = match raw.rsplit_once(':') {
            // A colon of an address of version 6 is no port's.
            Some((name, port)) if !port.ends_with(']') => (name, Some(port.parse().map_err(|_| BadHost)?)),
            _ => (raw, None),
        };
        let is_host = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => is_name(name),
        };
        is_host.then(|| Host { name: name.to_ascii_lowercase(), port }).ok_or(BadHost)
    }

    /// The port, if it is not the scheme's own.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The name or address alone.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name.len() <= Host::MAX_NAME && name.split('.').all(is_label)
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("chat.example", "chat.example", "chat.example")]
    #[case("Chat.Example:8443", "chat.example", "chat.example:8443")]
    #[case("127.0.0.1:80", "127.0.0.1", "127.0.0.1:80")]
    #[case("[::1]", "[::1]", "[::1]")]
    #[case("[::1]:9443", "[::1]", "[::1]:9443")]
    fn a_host_has_a_name_and_perhaps_a_port(#[case] raw: &str, #[case] name: &str, #[case] whole: &str) {
        let host = Host::parse(raw).unwrap();
        assert_eq!((host.name(), host.to_string()), (name, whole.to_owned()));
    }

    #[test]
    fn what_would_lead_elsewhere_is_no_host() {
        for raw in ["", ":80", "a:", "a:65536", "a:b", "a b", "a/b", "a@b", "a?b", "a..b", "::1", "[::1", "[a]", "ä"] {
            assert_eq!(Host::parse(raw), Err(BadHost), "{raw}");
        }
    }

    #[test]
    fn a_name_is_no_longer_than_the_dns_takes() {
        assert!(Host::parse(&"a".repeat(253)).is_ok());
        assert!(Host::parse(&"a".repeat(254)).is_err());
    }
}
