//! Where clients open their socket, as their settings say it.

use std::fmt;

use super::host::{Host, Reached};

/// Why a text is no URL of sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be wss://, a host, and the path of a stage")]
pub struct BadSocketUrl;

/// The URL of a gateway of sockets: `wss://` with a host, and a stage where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketUrl {
    host: Host,
    stage: String,
}

impl SocketUrl {
    /// Reads `wss://host/stage`.
    pub fn parse(raw: &str) -> Result<SocketUrl, BadSocketUrl> {
        let rest = raw.strip_prefix("wss://").ok_or(BadSocketUrl)?;
        let (host, stage) = rest.split_once('/').unwrap_or((rest, ""));
        let is_stage = stage.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'$'));
        let host = Host::parse(host).map_err(|_| BadSocketUrl)?;
        is_stage.then(|| SocketUrl { host, stage: stage.to_owned() }).ok_or(BadSocketUrl)
    }

    /// Where functions reach the sockets: the same by HTTPS.
    pub fn endpoint(&self) -> String {
        match self.stage.as_str() {
            "" => format!("https://{}", self.host),
            stage => format!("https://{}/{stage}", self.host),
        }
    }
}

impl fmt::Display for SocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.endpoint().replacen("https", "wss", 1))
    }
}

/// Where clients open their socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SocketAddress {
    /// Nowhere.
    #[default]
    Nowhere,
    /// At a gateway of its own.
    At(SocketUrl),
    /// Where they reached the API.
    BesideApi,
    /// There too, if a proxy ended TLS before it: they speak nothing else.
    BehindProxy,
}

/// A port at which there is nothing. Of a number clients make a URL, and call it every five seconds for ever.
const NO_SOCKET: &str = "none";
/// The port of TLS.
const TLS_PORT: u16 = 443;

impl SocketAddress {
    /// The host's name and the port of the settings of a client that reached the API so. Clients paste both into a URL, so a
    /// stage stands behind the port.
    pub fn host_and_port(&self, Reached { host: api, is_encrypted }: &Reached) -> (String, String) {
        let port = |host: &Host| host.port().unwrap_or(TLS_PORT).to_string();
        match self {
            SocketAddress::BehindProxy if !is_encrypted => (api.name().to_owned(), NO_SOCKET.to_owned()),
            SocketAddress::Nowhere => (api.name().to_owned(), NO_SOCKET.to_owned()),
            SocketAddress::BesideApi | SocketAddress::BehindProxy => (api.name().to_owned(), port(api)),
            SocketAddress::At(SocketUrl { host, stage }) if stage.is_empty() => (host.name().to_owned(), port(host)),
            SocketAddress::At(SocketUrl { host, stage }) => (host.name().to_owned(), format!("{}/{stage}", port(host))),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn reached(host: &str, is_encrypted: bool) -> Reached {
        Reached { host: Host::parse(host).unwrap(), is_encrypted }
    }

    #[rstest]
    #[case::stage(
        "wss://a1.execute-api.eu-west-1.amazonaws.com/live",
        "443/live",
        "https://a1.execute-api.eu-west-1.amazonaws.com/live"
    )]
    #[case::own_domain("wss://socket.example", "443", "https://socket.example")]
    #[case::port("wss://socket.example:8443/v1", "8443/v1", "https://socket.example:8443/v1")]
    fn clients_paste_host_and_port(#[case] url: &str, #[case] port: &str, #[case] endpoint: &str) {
        let parsed = SocketUrl::parse(url).unwrap();
        assert_eq!((parsed.to_string().as_str(), parsed.endpoint().as_str()), (url, endpoint));
        assert_eq!(SocketAddress::At(parsed).host_and_port(&reached("api.example", true)).1, port);
    }

    #[rstest]
    #[case::nowhere(SocketAddress::Nowhere, "api.example:8080", true, "none")]
    #[case::beside(SocketAddress::BesideApi, "api.example:8080", true, "8080")]
    #[case::beside_the_usual_port(SocketAddress::BesideApi, "api.example", true, "443")]
    #[case::by_either_scheme(SocketAddress::BesideApi, "api.example:8080", false, "8080")]
    #[case::behind_a_proxy(SocketAddress::BehindProxy, "api.example", true, "443")]
    #[case::without_a_proxy(SocketAddress::BehindProxy, "api.example:8080", false, "none")]
    fn without_a_gateway_the_host_is_that_of_the_request(
        #[case] address: SocketAddress,
        #[case] api: &str,
        #[case] is_encrypted: bool,
        #[case] port: &str,
    ) {
        let expected = ("api.example".to_owned(), port.to_owned());
        assert_eq!(address.host_and_port(&reached(api, is_encrypted)), expected);
    }

    #[rstest]
    #[case::plain("ws://socket.example")]
    #[case::no_host("wss://")]
    #[case::deep_path("wss://socket.example/a/b")]
    #[case::query("wss://socket.example/a?b")]
    fn nothing_else_is_a_socket_url(#[case] url: &str) {
        assert_eq!(SocketUrl::parse(url), Err(BadSocketUrl));
    }
}
