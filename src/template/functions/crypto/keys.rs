//! Private keys: made, read, written, and what a certificate needs of them.

use der::asn1::{Any, BitString, Null, ObjectIdentifier, OctetString, Uint};
use der::{Decode, Encode, Sequence};
use dsa::{Components, KeySize};
use getrandom::SysRng;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair,
};
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::pkcs8::PrivateKeyInfoRef;
use rsa::pkcs8::spki::{AlgorithmIdentifierOwned, EncodePublicKey, SubjectPublicKeyInfoOwned};
use rsa::rand_core::UnwrapErr;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest, Sha256};

use super::pem;
use crate::template::functions::random::{NO_CHANCE, fill};
use crate::template::functions::{Answer, Call, Wrong};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A private key.
pub(super) enum Key {
    Rsa(Box<RsaPrivateKey>),
    Ec {
        curve: &'static Curve,
        private: Vec<u8>,
        public: Vec<u8>,
    },
    Ed25519([u8; 32]),
    /// Only kept: no certificate has one.
    Dsa(DsaKey),
}

/// An elliptic curve, and the signatures of its keys.
pub(super) struct Curve {
    id: ObjectIdentifier,
    bytes: usize,
    signature: ObjectIdentifier,
    algorithm: &'static EcdsaSigningAlgorithm,
}

static CURVES: [Curve; 2] = [
    Curve {
        id: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
        bytes: 32,
        signature: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        algorithm: &ECDSA_P256_SHA256_ASN1_SIGNING,
    },
    Curve {
        id: ObjectIdentifier::new_unwrap("1.3.132.0.34"),
        bytes: 48,
        signature: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
        algorithm: &ECDSA_P384_SHA384_ASN1_SIGNING,
    },
];

/// RFC 5915.
#[derive(Sequence)]
struct EcKey {
    version: u8,
    private: OctetString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    curve: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public: Option<BitString>,
}

/// What OpenSSL has for keys of DSA.
#[derive(Sequence)]
pub(super) struct DsaKey {
    version: u8,
    p: Uint,
    q: Uint,
    g: Uint,
    y: Uint,
    x: Uint,
}

/// PKCS #8, version 1.
#[derive(Sequence)]
struct Wrapped {
    version: u8,
    algorithm: AlgorithmIdentifierOwned,
    key: OctetString,
}

/// A new private key, as PEM; an unknown type is said in the result, as in sprig.
pub(super) fn generate(c: &mut Call<'_, '_>) -> Answer {
    let (steps, make): (_, fn() -> Result<Key, Wrong>) = match c.text(0) {
        "" | "rsa" => (50_000, || Key::rsa(4096)),
        "dsa" => (200_000, || Key::dsa(KeySize::DSA_2048_256)),
        "ecdsa" => (1_000, Key::ec),
        "ed25519" => (1_000, Key::ed25519),
        other => return Ok(format!("Unknown type {other}").into()),
    };
    c.spend(steps)?;
    Ok(make()?.to_pem()?.into())
}

impl Key {
    /// A new key of RSA.
    pub(super) fn rsa(bits: usize) -> Result<Self, Wrong> {
        // What the library asks for more of cannot say that there is none.
        fill(&mut [0])?;
        let key = RsaPrivateKey::new(&mut UnwrapErr(SysRng), bits).map_err(|_| "the key cannot be made")?;
        Ok(Self::Rsa(Box::new(key)))
    }

    /// A new key of DSA, which takes seconds.
    pub(super) fn dsa(size: KeySize) -> Result<Self, Wrong> {
        let components = Components::try_generate_from_rng_with_key_size(&mut SysRng, size);
        let key = dsa::SigningKey::try_generate_from_rng_with_components(
            &mut SysRng,
            components.map_err(|_| NO_CHANCE)?,
        );
        let key = key.map_err(|_| NO_CHANCE)?;
        let (public, number) = (key.verifying_key(), |number: &dsa::BoxedUint| {
            Uint::new(&number.to_be_bytes()).map_err(|_| Wrong::from("the key cannot be made"))
        });
        let components = public.components();
        Ok(Self::Dsa(DsaKey {
            version: 0,
            p: number(components.p())?,
            q: number(components.q())?,
            g: number(components.g())?,
            y: number(public.y())?,
            x: number(key.x())?,
        }))
    }

    fn ec() -> Result<Self, Wrong> {
        let key = EcdsaKeyPair::generate_pkcs8(CURVES[0].algorithm, &SystemRandom::new());
        Self::from_pkcs8(key.map_err(|_| NO_CHANCE)?.as_ref())
    }

    fn ed25519() -> Result<Self, Wrong> {
        let mut seed = [0; 32];
        fill(&mut seed)?;
        Ok(Self::Ed25519(seed))
    }

    /// The key of a text.
    ///
    /// # Errors
    /// There is none, or none that is known.
    pub(super) fn from_pem(text: &str) -> Result<Self, Wrong> {
        let (label, bytes) = pem::read(text).ok_or("no PEM data in input")?;
        if label == "PRIVATE KEY" {
            return Self::from_pkcs8(&bytes)
                .map_err(|wrong| format!("decoding PEM as PKCS#8: {}", wrong.reason).into());
        }
        let kind = label.strip_suffix(" PRIVATE KEY").ok_or("no private key data in PEM block")?;
        let key = match kind {
            "RSA" => Self::from_pkcs1(&bytes),
            "EC" => Self::from_sec1(&bytes, None),
            "DSA" => DsaKey::from_der(&bytes).map(Self::Dsa).map_err(|_| malformed()),
            _ => return Err("invalid private key type".into()),
        };
        key.map_err(|wrong| format!("parsing {kind} private key from PEM: {}", wrong.reason).into())
    }

    fn from_pkcs8(bytes: &[u8]) -> Result<Self, Wrong> {
        let info = PrivateKeyInfoRef::from_der(bytes).map_err(|_| malformed())?;
        let key = info.private_key.as_bytes();
        match info.algorithm.oid {
            RSA => Self::from_pkcs1(key),
            EC => {
                let curve = info.algorithm.parameters.and_then(|curve| curve.decode_as().ok());
                Self::from_sec1(key, curve)
            }
            ED25519 => {
                let seed = OctetString::from_der(key).map_err(|_| malformed())?;
                Ok(Self::Ed25519(seed.as_bytes().try_into().map_err(|_| malformed())?))
            }
            _ => Err("its algorithm is unknown".into()),
        }
    }

    fn from_pkcs1(bytes: &[u8]) -> Result<Self, Wrong> {
        let key = RsaPrivateKey::from_pkcs1_der(bytes).map_err(|_| malformed())?;
        Ok(Self::Rsa(Box::new(key)))
    }

    fn from_sec1(bytes: &[u8], curve: Option<ObjectIdentifier>) -> Result<Self, Wrong> {
        let key = EcKey::from_der(bytes).map_err(|_| malformed())?;
        let curve = curve.or(key.curve);
        let curve = CURVES.iter().find(|known| Some(known.id) == curve);
        let curve = curve.ok_or("its curve is neither P-256 nor P-384")?;
        let public = key.public.ok_or("it has no public key in it")?.raw_bytes().to_vec();
        // Some leave zeros out, others add them.
        let digits = key.private.as_bytes();
        let digits = &digits[digits.iter().position(|byte| *byte != 0).unwrap_or(digits.len())..];
        let zeros = curve.bytes.checked_sub(digits.len()).ok_or_else(malformed)?;
        let private = [vec![0; zeros].as_slice(), digits].concat();
        let key = Self::Ec { curve, private, public };
        // The two fit each other.
        key.sign(&[])?;
        Ok(key)
    }

    /// The key as text, in the format of its kind.
    pub(super) fn to_pem(&self) -> Result<String, Wrong> {
        let (label, bytes) = match self {
            Self::Rsa(key) => {
                let bytes = key.to_pkcs1_der().map_err(|_| malformed())?;
                return Ok(pem::write("RSA PRIVATE KEY", bytes.as_bytes()));
            }
            Self::Ec { curve, private, public } => {
                let key = EcKey {
                    version: 1,
                    private: OctetString::new(private.as_slice()).map_err(|_| malformed())?,
                    curve: Some(curve.id),
                    public: Some(BitString::from_bytes(public).map_err(|_| malformed())?),
                };
                ("EC PRIVATE KEY", key.to_der())
            }
            Self::Ed25519(seed) => {
                let seed = OctetString::new(seed.as_slice()).and_then(|seed| seed.to_der());
                let key = Wrapped {
                    version: 0,
                    algorithm: AlgorithmIdentifierOwned { oid: ED25519, parameters: None },
                    key: seed.and_then(OctetString::new).map_err(|_| malformed())?,
                };
                ("PRIVATE KEY", key.to_der())
            }
            Self::Dsa(key) => ("DSA PRIVATE KEY", key.to_der()),
        };
        Ok(pem::write(label, &bytes.map_err(|_| malformed())?))
    }

    /// The public key.
    pub(super) fn public(&self) -> Result<SubjectPublicKeyInfoOwned, Wrong> {
        let (oid, parameters, key) = match self {
            Self::Rsa(key) => {
                let key = key.as_public_key().to_public_key_der().map_err(|_| malformed())?;
                return SubjectPublicKeyInfoOwned::from_der(key.as_bytes()).map_err(|_| malformed());
            }
            Self::Ec { curve, public, .. } => (EC, Some(Any::from(curve.id)), public.clone()),
            Self::Ed25519(seed) => (ED25519, None, ed25519(seed)?.public_key().as_ref().to_vec()),
            Self::Dsa(_) => return Err(unsupported()),
        };
        let key = BitString::from_bytes(&key).map_err(|_| malformed())?;
        Ok(SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned { oid, parameters },
            subject_public_key: key,
        })
    }

    /// What its signatures are.
    pub(super) fn algorithm(&self) -> Result<AlgorithmIdentifierOwned, Wrong> {
        let (oid, parameters) = match self {
            Self::Rsa(_) => (RSA_SHA256, Some(Any::from(Null))),
            Self::Ec { curve, .. } => (curve.signature, None),
            Self::Ed25519(_) => (ED25519, None),
            Self::Dsa(_) => return Err(unsupported()),
        };
        Ok(AlgorithmIdentifierOwned { oid, parameters })
    }

    /// Signs a message.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Wrong> {
        let chance = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                fill(&mut [0])?;
                let scheme = Pkcs1v15Sign::new::<Sha256>();
                let signed = key.sign_with_rng(&mut UnwrapErr(SysRng), scheme, &Sha256::digest(message));
                signed.map_err(|_| "the RSA key is too short to sign with".into())
            }
            Self::Ec { curve, private, public } => {
                let algorithm = curve.algorithm;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, &chance);
                let signed = pair.map_err(|_| malformed())?.sign(&chance, message);
                Ok(signed.map_err(|_| NO_CHANCE)?.as_ref().to_vec())
            }
            Self::Ed25519(seed) => Ok(ed25519(seed)?.sign(message).as_ref().to_vec()),
            Self::Dsa(_) => Err(unsupported()),
        }
    }
}

fn ed25519(seed: &[u8; 32]) -> Result<Ed25519KeyPair, Wrong> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| malformed())
}

fn malformed() -> Wrong {
    "it is malformed".into()
}

fn unsupported() -> Wrong {
    "only RSA, ECDSA and Ed25519 keys are supported".into()
}
