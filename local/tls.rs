//! TLS for `--tls`: a certificate for the names of this machine, from an authority that the data folder keeps. Who trusts its
//! file (`NODE_EXTRA_CA_CERTS`) trusts it for these names only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lambda_http::Error;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};

use crate::folder::Folder;

/// What the data folder keeps of the authority.
pub const CERTIFICATE: &str = "tls-authority.pem";
/// Its key, for its owner only, as all of that folder.
pub const KEY: &str = "tls-authority-key.pem";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// An authority is trusted by hand, so it lasts.
const AUTHORITY_DAYS: u32 = 10 * 365;
/// A certificate is made at each start; systems take none that is valid for longer than 825 days.
const CERTIFICATE_DAYS: u32 = 365;
const NAME: &str = "localhost";
const ADDRESSES: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// An authority, and what answers with a certificate of it.
pub struct Tls {
    /// Makes encrypted connections of those that are taken.
    pub acceptor: TlsAcceptor,
    /// Whom clients have to trust, in PEM.
    pub authority: String,
    /// Where that is kept; nowhere in memory.
    pub file: Option<PathBuf>,
}

impl Tls {
    /// By the authority of this folder, which is made if there is none.
    pub fn of(folder: Option<&Folder>) -> Result<Tls, Error> {
        let (authority, issuer) = authority(folder)?;
        let key = KeyPair::generate()?;
        let certificate = own(SystemTime::now())?.signed_by(&key, &issuer)?;
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let file = folder.map(|folder| folder.path_of(CERTIFICATE));
        Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), authority, file })
    }
}

/// The certificate that is kept, or else a new one, and what signs in its name.
fn authority(folder: Option<&Folder>) -> Result<(String, Issuer<'static, KeyPair>), Error> {
    // What is signed names the authority and its key only, so a kept certificate is not read again.
    let parameters = of_the_authority(SystemTime::now());
    let kept = |name| folder.map(|folder| folder.kept(name)).transpose().map(Option::flatten);
    if let (Some(certificate), Some(key)) = (kept(CERTIFICATE)?, kept(KEY)?) {
        let unread = |error| format!("{KEY} of the data folder cannot be read: {error}; without it another is made.");
        return Ok((certificate, Issuer::new(parameters, KeyPair::from_pem(&key).map_err(unread)?)));
    }
    let key = KeyPair::generate()?;
    let certificate = parameters.self_signed(&key)?.pem();
    if let Some(folder) = folder {
        folder.keep(KEY, &key.serialize_pem())?;
        folder.keep(CERTIFICATE, &certificate)?;
    }
    Ok((certificate, Issuer::new(parameters, key)))
}

fn of_the_authority(now: SystemTime) -> CertificateParams {
    let mut parameters = valid(now, AUTHORITY_DAYS);
    parameters.distinguished_name.push(DnType::CommonName, "Halley on this machine");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Whoever gets at the key can play this machine to those who trust it, and nobody else.
    let addresses = ADDRESSES.map(|address| {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
    });
    let mut permitted_subtrees = vec![GeneralSubtree::DnsName(NAME.to_owned())];
    permitted_subtrees.extend(addresses);
    parameters.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    parameters
}

fn own(now: SystemTime) -> Result<CertificateParams, Error> {
    let mut parameters = valid(now, CERTIFICATE_DAYS);
    parameters.distinguished_name.push(DnType::CommonName, NAME);
    parameters.subject_alt_names = vec![SanType::DnsName(NAME.try_into()?)];
    parameters.subject_alt_names.extend(ADDRESSES.map(SanType::IpAddress));
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}

/// From yesterday on, because clocks differ.
fn valid(now: SystemTime, n_days: u32) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.not_before = (now - DAY).into();
    parameters.not_after = (now + n_days * DAY).into();
    parameters
}
