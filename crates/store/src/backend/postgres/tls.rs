//! Encryption towards the server: certificate and name are always checked.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StoreError;
use crate::address::{Server, Trust};

/// What wraps a connection; it stays unused where the address wants no encryption.
pub(super) fn connector(server: &Server) -> Result<MakeRustlsConnect, StoreError> {
    let unusable = |reason: String| StoreError::Unusable { place: server.to_string(), reason };
    let mut roots = RootCertStore::empty();
    match &server.tls {
        None => {}
        Some(Trust::System) => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(unusable("this system names no certificate authority".into()));
            }
        }
        Some(Trust::File(path)) => {
            read(path, &mut roots)
                .map_err(|it| unusable(format!("sslrootcert {}: {it}", path.display())))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|it| unusable(it.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn read(path: &Path, roots: &mut RootCertStore) -> Result<(), String> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|it| it.to_string())?;
    for certificate in certificates {
        let certificate = certificate.map_err(|it| it.to_string())?;
        roots.add(certificate).map_err(|it| it.to_string())?;
    }
    if roots.is_empty() { Err("it holds no certificate".into()) } else { Ok(()) }
}
