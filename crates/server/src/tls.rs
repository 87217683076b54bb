//! TLS: real certificates by option, else a local certificate authority made at first start.
//!
//! The SDKs refuse plain http, so TLS is on by default. `DIR/tls/ca.pem` is what a client is told
//! to trust; the server certificate below it is made anew when its names change. Private keys are
//! written with mode 0600 and never logged.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub enum TlsSource {
    /// A certificate chain and key in PEM files.
    Files {
        /// The chain, leaf first.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// A local authority kept in this folder, with a certificate for these names and addresses.
    Local {
        /// Where it is kept.
        folder: PathBuf,
        /// Host names and addresses.
        names: Vec<String>,
    },
}

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read or written.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A PEM file holds no usable certificate or key.
    #[error("{path}: {reason}")]
    Pem {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The local authority could not be made.
    #[error("could not make a certificate")]
    Make(#[from] rcgen::Error),
    /// Certificate and key do not fit each other.
    #[error("certificate and key cannot be used")]
    Unusable(#[from] rustls::Error),
}

/// A ready configuration and, for the local authority, the file a client must trust.
pub struct Tls {
    /// For the acceptor.
    pub config: Arc<ServerConfig>,
    /// The authority's certificate.
    pub ca_file: Option<PathBuf>,
}

/// Loads or makes what the source asks for.
pub fn load(source: &TlsSource) -> Result<Tls, TlsError> {
    match source {
        TlsSource::Files { certificate, key } => {
            Ok(Tls { config: configure(certificate, key)?, ca_file: None })
        }
        TlsSource::Local { folder, names } => {
            let ca_file = folder.join("ca.pem");
            make_local(folder, names)?;
            let config = configure(&folder.join("server.pem"), &folder.join("server.key"))?;
            Ok(Tls { config, ca_file: Some(ca_file) })
        }
    }
}

fn configure(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let pem_error = |path: &Path| {
        let path = path.to_owned();
        move |error: rustls::pki_types::pem::Error| TlsError::Pem {
            path,
            reason: error.to_string(),
        }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(pem_error(certificate))?;
    if chain.is_empty() {
        let reason = "holds no certificate".to_owned();
        return Err(TlsError::Pem { path: certificate.to_owned(), reason });
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(pem_error(key))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Makes what is missing: the authority once, the server certificate when its names changed.
fn make_local(folder: &Path, names: &[String]) -> Result<(), TlsError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    let ca_pem = folder.join("ca.pem");
    let ca_key = folder.join("ca.key");
    let names_file = folder.join("server.names");
    let wanted = names.join("\n");
    if !ca_pem.exists() || !ca_key.exists() {
        let key = KeyPair::generate()?;
        write_private(&ca_key, &key.serialize_pem())?;
        write_public(&ca_pem, &authority_params().self_signed(&key)?.pem())?;
    } else if fs::read_to_string(&names_file).is_ok_and(|made| made == wanted) {
        return Ok(());
    }
    let ca_text = fs::read_to_string(&ca_key).map_err(at(&ca_key))?;
    let issuer = Issuer::new(authority_params(), KeyPair::from_pem(&ca_text)?);
    let key = KeyPair::generate()?;
    let certificate = server_params(names)?.signed_by(&key, &issuer)?;
    write_private(&folder.join("server.key"), &key.serialize_pem())?;
    write_public(&folder.join("server.pem"), &certificate.pem())?;
    write_public(&names_file, &wanted)
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished("Yagura local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    params
}

fn server_params(names: &[String]) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished("Yagura");
    params.subject_alt_names = names
        .iter()
        .map(|name| match name.parse::<IpAddr>() {
            Ok(address) => Ok(SanType::IpAddress(address)),
            Err(_) => Ok(SanType::DnsName(name.as_str().try_into()?)),
        })
        .collect::<Result<_, rcgen::Error>>()?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2049, 12, 31);
    Ok(params)
}

fn distinguished(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> TlsError {
    let path = path.to_owned();
    move |source| TlsError::File { path, source }
}

fn write_public(path: &Path, text: &str) -> Result<(), TlsError> {
    fs::write(path, text).map_err(at(path))
}

fn write_private(path: &Path, text: &str) -> Result<(), TlsError> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(at(path))
}
