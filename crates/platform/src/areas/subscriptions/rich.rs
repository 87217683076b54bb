//! Resource data in a notification, for the eyes of the subscriber only.
//!
//! Each item has a key of its own: the data under AES-256 in CBC mode, its first sixteen bytes as
//! the vector, and an HMAC-SHA256 over what came out; the key itself under the public key of the
//! subscriber's certificate with OAEP (SHA-1, as receivers expect it). All of it as base64.

use aws_lc_rs::{
    cipher::{
        AES_256, AES_256_KEY_LEN, AES_CBC_IV_LEN, EncryptionContext, PaddedBlockEncryptingKey,
        UnboundCipherKey,
    },
    digest, hmac,
    iv::FixedLength,
    rand,
    rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

use crate::{
    doc::{Doc, text},
    fault::Fault,
};

/// Bits of the shortest key that is accepted.
const SHORTEST: usize = 2_048;
/// Bytes of the largest certificate.
const LARGEST: usize = 16 << 10;

/// Seals for one subscriber.
pub(super) struct Envelope {
    key: OaepPublicEncryptingKey,
    id: String,
    thumbprint: String,
}

impl Envelope {
    /// What a subscription says of it; none when it wants no resource data.
    pub(super) fn of(doc: &Doc) -> Result<Option<Self>, Fault> {
        if doc.get("includeResourceData") != Some(&Value::Bool(true)) {
            return Ok(None);
        }
        let said = text(doc, "encryptionCertificate");
        let id = text(doc, "encryptionCertificateId").to_owned();
        for (member, missing) in
            [("encryptionCertificate", said.is_empty()), ("encryptionCertificateId", id.is_empty())]
        {
            if missing {
                return Err(Fault::invalid(member, "is required with includeResourceData"));
            }
        }
        let refused = |reason: &str| Fault::invalid("encryptionCertificate", reason);
        if said.len() > LARGEST {
            return Err(refused("is too large for a certificate"));
        }
        let unreadable = || refused("is not a certificate in DER form, as base64");
        let der = BASE64.decode(said.trim()).map_err(|_| unreadable())?;
        let wrapped = rustls_pki_types::CertificateDer::from(der.as_slice());
        let certificate = webpki::EndEntityCert::try_from(&wrapped).map_err(|_| unreadable())?;
        let key = PublicEncryptingKey::from_der(&certificate.subject_public_key_info())
            .map_err(|_| refused("has no RSA key"))?;
        if key.key_size_bits() < SHORTEST {
            return Err(refused("has a key of less than 2048 bits"));
        }
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| refused("has no RSA key"))?;
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
        let mut thumbprint = String::new();
        for byte in digest.as_ref() {
            thumbprint.push_str(&format!("{byte:02X}"));
        }
        Ok(Some(Self { key, id, thumbprint }))
    }

    /// A text as `encryptedContent`.
    pub(super) fn seal(&self, plain: &str) -> Result<Value, Fault> {
        self.sealed(plain.as_bytes()).map_err(|_| Fault::Internal {
            doing: "encrypt resource data",
            source: "the cryptographic library refused".into(),
        })
    }

    fn sealed(&self, plain: &[u8]) -> Result<Value, aws_lc_rs::error::Unspecified> {
        let mut key = [0_u8; AES_256_KEY_LEN];
        rand::fill(&mut key)?;
        let mut data = plain.to_vec();
        let mut vector = [0_u8; AES_CBC_IV_LEN];
        vector.copy_from_slice(&key[..AES_CBC_IV_LEN]);
        PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &key)?)?
            .less_safe_encrypt(&mut data, EncryptionContext::Iv128(FixedLength::from(vector)))?;
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &data);
        let mut room = vec![0; self.key.ciphertext_size()];
        let sealed = self.key.encrypt(&OAEP_SHA1_MGF1SHA1, &key, &mut room, None)?;
        Ok(json!({
            "data": BASE64.encode(&data),
            "dataSignature": BASE64.encode(signature.as_ref()),
            "dataKey": BASE64.encode(sealed),
            "encryptionCertificateId": self.id,
            "encryptionCertificateThumbprint": self.thumbprint,
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use aws_lc_rs::{
        cipher::{DecryptionContext, PaddedBlockDecryptingKey},
        encoding::AsDer,
        rsa::{KeyPair, KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey},
    };

    use super::*;

    fn subscription(certificate: &str) -> Doc {
        let doc = json!({
            "includeResourceData": true, "encryptionCertificateId": "mine",
            "encryptionCertificate": certificate
        });
        doc.as_object().unwrap().clone()
    }

    #[test]
    fn who_holds_the_key_reads_it_and_sees_what_was_changed() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let pem = {
            let pkcs8 = pair.as_der().unwrap();
            let body = BASE64.encode(pkcs8.as_ref());
            format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
        };
        let signer = rcgen::KeyPair::from_pem(&pem).unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["soar.example".to_owned()]).unwrap();
        let certificate = certificate.self_signed(&signer).unwrap();
        let said = BASE64.encode(certificate.der());
        let envelope = Envelope::of(&subscription(&said)).unwrap().unwrap();
        let plain = format!("{{\"title\":\"{}\"}}", "é".repeat(1_000));
        let sealed = envelope.seal(&plain).unwrap();
        let bytes = |member: &str| BASE64.decode(sealed[member].as_str().unwrap()).unwrap();

        let private = PrivateDecryptingKey::from_pkcs8(pair.as_der().unwrap().as_ref()).unwrap();
        let private = OaepPrivateDecryptingKey::new(private).unwrap();
        let mut room = vec![0; private.min_output_size()];
        let key = private
            .decrypt(&OAEP_SHA1_MGF1SHA1, &bytes("dataKey"), &mut room, None)
            .unwrap()
            .to_vec();
        let mut data = bytes("data");
        let signed = hmac::Key::new(hmac::HMAC_SHA256, &key);
        hmac::verify(&signed, &data, &bytes("dataSignature")).unwrap();
        data[0] ^= 1;
        assert!(hmac::verify(&signed, &data, &bytes("dataSignature")).is_err());
        data[0] ^= 1;
        let vector: [u8; 16] = key[..16].try_into().unwrap();
        let unbound = UnboundCipherKey::new(&AES_256, &key).unwrap();
        let opened = PaddedBlockDecryptingKey::cbc_pkcs7(unbound)
            .unwrap()
            .decrypt(&mut data, DecryptionContext::Iv128(FixedLength::from(vector)))
            .unwrap()
            .to_vec();
        assert_eq!(String::from_utf8(opened).unwrap(), plain);
        assert_eq!(sealed["encryptionCertificateId"], "mine");
        assert_eq!(sealed["encryptionCertificateThumbprint"].as_str().unwrap().len(), 40);
        assert_ne!(envelope.seal(&plain).unwrap()["dataKey"], sealed["dataKey"]);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let short = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
        let elliptic = BASE64.encode(short.cert.der());
        let long = "A".repeat(LARGEST + 1);
        for said in ["", "%%%", "AAAA", &elliptic, &long] {
            let Err(fault) = Envelope::of(&subscription(said)) else { panic!("{said}") };
            assert!(fault.to_string().starts_with("encryptionCertificate: "), "{fault}");
        }
        assert!(Envelope::of(&Doc::new()).unwrap().is_none());
    }
}
