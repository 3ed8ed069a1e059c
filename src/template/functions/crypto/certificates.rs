//! Certificates with their keys, as servers and clients of TLS have them.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::{BitString, GeneralizedTime, Ia5String, OctetString, PrintableString, SetOfVec};
use der::{Any, Decode, Document, Encode};
use jiff::Timestamp;
use rsa::pkcs8::spki::{self, AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey};
use rsa::signature::Keypair;
use sha1::{Digest, Sha1};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder, CertificateBuilder};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, TbsCertificate};

use super::keys::Key;
use super::pem;
use crate::template::functions::call::items;
use crate::template::functions::encoding::without_lines;
use crate::template::functions::random::fill;
use crate::template::functions::{Answer, Call, Wrong};
use crate::template::value::{Items, Shape, Value};

/// What a value of this kind is in Go.
const TYPE: &str = "sprig.certificate";

/// What a certificate costs, in steps of a template, and what a key does.
const STEPS: usize = 1_000;
const KEY_STEPS: usize = 10_000;

/// The size of the keys that are made for certificates.
const BITS: usize = 2048;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERVER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const CLIENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// A certificate and key that are there already.
pub(super) fn custom(c: &mut Call<'_, '_>) -> Answer {
    let decoded = |index, reason: &str| {
        let bytes = STANDARD.decode(without_lines(c.text(index))).ok();
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| Wrong::from(reason))
    };
    let certificate = decoded(0, "unable to decode base64 certificate")?;
    let key = decoded(1, "unable to decode base64 private key")?;
    read(&certificate)?;
    read_key(&key)?;
    Ok(pair(certificate, key))
}

/// `genCA`: what signs others, by itself.
pub(super) fn authority(c: &mut Call<'_, '_>) -> Answer {
    let plan = Plan { is_authority: true, ..Plan::new(c, &Value::Nil, &Value::Nil, 1)? };
    let key = key(c, 2)?;
    plan.issue(&key, &key)
}

/// `genSelfSignedCert`.
pub(super) fn self_signed(c: &mut Call<'_, '_>) -> Answer {
    let plan = Plan::new(c, c.value(1), c.value(2), 3)?;
    let key = key(c, 4)?;
    plan.issue(&key, &key)
}

/// `genSignedCert`.
pub(super) fn signed(c: &mut Call<'_, '_>) -> Answer {
    let authority = match c.value(4) {
        Value::Map(map) if matches!(map.shape, Shape::Struct { name: TYPE, .. }) => map,
        other => {
            let reason = || format!("it takes what `genCA` makes and got {}", other.describe()).into();
            return Err(Wrong::missing(other).unwrap_or_else(reason));
        }
    };
    let field = |name| match authority.get(name) {
        Some(Value::Text(text)) => text,
        _ => Rc::from(""),
    };
    let issuer = read(&field("Cert"))?;
    let issuer_key = read_key(&field("Key"))?;
    let plan = Plan { issuer: Some(issuer), ..Plan::new(c, c.value(1), c.value(2), 3)? };
    let key = key(c, 5)?;
    plan.issue(&key, &issuer_key)
}

/// The key that is given, or a new one.
fn key(c: &mut Call<'_, '_>, index: usize) -> Result<Key, Wrong> {
    c.spend(STEPS)?;
    if c.args.len() > index {
        return Key::from_pem(c.text(index))
            .map_err(|wrong| format!("parsing private key: {}", wrong.reason).into());
    }
    c.spend(KEY_STEPS)?;
    Key::rsa(BITS)
}

fn read(text: &str) -> Result<Certificate, Wrong> {
    let (_, bytes) = pem::read(text).ok_or("unable to decode certificate")?;
    Certificate::from_der(&bytes).map_err(|_| "error parsing certificate: it is malformed".into())
}

fn read_key(text: &str) -> Result<Key, Wrong> {
    Key::from_pem(text).map_err(|wrong| format!("error parsing private key: {}", wrong.reason).into())
}

/// The value that a template gets.
fn pair(certificate: String, key: String) -> Value {
    let (cert_name, key_name): (Rc<str>, Rc<str>) = ("Cert".into(), "Key".into());
    let field = |name: &Rc<str>| (Rc::clone(name), Rc::clone(name));
    let shape = Shape::Struct { name: TYPE, fields: vec![field(&cert_name), field(&key_name)] };
    Value::map(shape, [(cert_name, certificate.into()), (key_name, key.into())].into())
}

/// What a certificate is to say.
struct Plan {
    subject: Name,
    names: Vec<GeneralName>,
    validity: Validity,
    is_authority: bool,
    /// The one that signs it; none signs itself.
    issuer: Option<Certificate>,
}

impl Plan {
    /// What the arguments say: the name, addresses, hosts, and at a place the days.
    fn new(c: &Call<'_, '_>, addresses: &Value, hosts: &Value, days: usize) -> Result<Self, Wrong> {
        let mut names = vec![];
        for (at, host) in given(hosts)?.iter().enumerate() {
            let wrong = |what| format!("error processing alternate dns name: item {at} {what}");
            let Value::Text(host) = host else { return Err(wrong("is not a string").into()) };
            let host = Ia5String::new(&**host).map_err(|_| wrong("cannot be encoded as an IA5String"))?;
            names.push(GeneralName::DnsName(host));
        }
        for (at, address) in given(addresses)?.iter().enumerate() {
            let wrong = |what| format!("error parsing ip: item {at} {what}");
            let Value::Text(address) = address else { return Err(wrong("is not a string").into()) };
            let address: IpAddr = address.parse().map_err(|_| wrong("is no address"))?;
            names.push(address.to_canonical().into());
        }
        let validity = validity(c.run.context.now(), c.int(days))
            .ok_or("error creating certificate: the days end outside of the years 1970 to 9999")?;
        let subject = name(c.text(0)).map_err(|_| uncertified())?;
        Ok(Self { subject, names, validity, is_authority: false, issuer: None })
    }

    /// The certificate of a key, signed by a key.
    fn issue(self, key: &Key, signer: &Key) -> Answer {
        let wrong = |wrong: Wrong| Wrong::from(format!("error creating certificate: {}", wrong.reason));
        let public = key.public().map_err(wrong)?;
        let signer = Signer {
            key: signer,
            public: Public(signer.public().map_err(wrong)?),
            algorithm: signer.algorithm().map_err(wrong)?,
        };
        let issuer_key =
            self.issuer.as_ref().map(|issuer| issuer.tbs_certificate().subject_public_key_info());
        if issuer_key.is_some_and(|key| key.subject_public_key != signer.public.0.subject_public_key) {
            return Err(wrong("the key of the authority is not the key of its certificate".into()));
        }
        let mut serial = [0; 16];
        fill(&mut serial)?;
        let (certificate, key) = (self.sign(serial, public, &signer).map_err(wrong)?, key.to_pem()?);
        Ok(pair(pem::write("CERTIFICATE", &certificate), key))
    }

    fn sign(
        self,
        serial: [u8; 16],
        public: SubjectPublicKeyInfoOwned,
        signer: &Signer<'_>,
    ) -> Result<Vec<u8>, Wrong> {
        let serial = SerialNumber::new(&serial).map_err(|_| uncertified())?;
        let validity = self.validity;
        let mut builder =
            CertificateBuilder::new(self, serial, validity, public).map_err(|_| uncertified())?;
        let signature = signer.key.sign(&builder.finalize(signer).map_err(|_| uncertified())?)?;
        let signature = BitString::from_bytes(&signature).map_err(|_| uncertified())?;
        let certificate = builder.assemble(signature, signer).map_err(|_| uncertified())?;
        certificate.to_der().map_err(|_| uncertified())
    }
}

/// The items of a list that `list` makes, as sprig's parameter takes no other; nothing is none.
fn given(value: &Value) -> Result<&[Value], Wrong> {
    match value {
        Value::Nil => Ok(&[]),
        Value::List(list) if list.of != Items::Any => {
            Err("it takes a list that `list` makes and got one of another type".into())
        }
        value => items(value),
    }
}

/// From now on for these days.
fn validity(now: Timestamp, days: i64) -> Option<Validity> {
    let time = |seconds: i64| {
        let time = Duration::from_secs(seconds.try_into().ok()?);
        Some(Time::GeneralTime(GeneralizedTime::from_unix_duration(time).ok()?))
    };
    let end = days.checked_mul(24 * 60 * 60)?.checked_add(now.as_second())?;
    Some(Validity::new(time(now.as_second())?, time(end)?))
}

/// A name that is a common name only; an empty one is no name.
fn name(common: &str) -> der::Result<Name> {
    let mut parts = RdnSequence::default();
    if !common.is_empty() {
        let value = match PrintableString::new(common) {
            Ok(text) => Any::from(&text),
            Err(_) => Any::new(der::Tag::Utf8String, common.as_bytes())?,
        };
        let part = AttributeTypeAndValue { oid: COMMON_NAME, value };
        parts.push(RelativeDistinguishedName::from(SetOfVec::try_from(vec![part])?));
    }
    Name::from_der(&parts.to_der()?)
}

fn uncertified() -> Wrong {
    "it cannot be written".into()
}

impl BuilderProfile for Plan {
    fn get_issuer(&self, subject: &Name) -> Name {
        self.issuer.as_ref().map_or(subject, |issuer| issuer.tbs_certificate().subject()).clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    /// In Go's order.
    fn build_extensions(
        &self,
        public: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        let subject = tbs.subject();
        let mut uses = KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment;
        if self.is_authority {
            uses |= KeyUsages::KeyCertSign;
        }
        let constraints = BasicConstraints { ca: self.is_authority, path_len_constraint: None };
        let mut extensions = vec![
            (&KeyUsage(uses)).to_extension(subject, &[])?,
            (&ExtendedKeyUsage(vec![SERVER, CLIENT])).to_extension(subject, &[])?,
            (&constraints).to_extension(subject, &[])?,
        ];
        if self.is_authority {
            let id = OctetString::new(Sha1::digest(public.subject_public_key.raw_bytes()).as_slice())?;
            extensions.push((&SubjectKeyIdentifier(id)).to_extension(subject, &[])?);
        }
        let issuer = self.issuer.as_ref().map(Certificate::tbs_certificate);
        if let Some(issuer) = issuer.filter(|issuer| issuer.subject() != subject)
            && let Some((_, SubjectKeyIdentifier(id))) = issuer.get_extension()?
        {
            let id = AuthorityKeyIdentifier { key_identifier: Some(id), ..Default::default() };
            extensions.push((&id).to_extension(subject, &[])?);
        }
        if !self.names.is_empty() {
            extensions.push((&SubjectAltName(self.names.clone())).to_extension(subject, &[])?);
        }
        Ok(extensions)
    }
}

/// A key that signs, as the builder knows it.
struct Signer<'k> {
    key: &'k Key,
    public: Public,
    algorithm: AlgorithmIdentifierOwned,
}

#[derive(Clone)]
struct Public(SubjectPublicKeyInfoOwned);

impl Keypair for Signer<'_> {
    type VerifyingKey = Public;

    fn verifying_key(&self) -> Public {
        self.public.clone()
    }
}

impl DynSignatureAlgorithmIdentifier for Signer<'_> {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(self.algorithm.clone())
    }
}

impl EncodePublicKey for Public {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        Ok(Document::encode_msg(&self.0)?)
    }
}
