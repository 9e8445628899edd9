//! A device with passkeys, in software: answers the questions of WebAuthn as a telephone would, or as one that somebody
//! has tampered with.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};

use crate::actors::{Browser, Page};

/// The owner lies a finger on it.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

struct Key {
    id: Vec<u8>,
    pair: EcdsaKeyPair,
    handle: String,
}

pub struct Device {
    keys: Vec<Key>,
    /// How often it has signed; each signature says it.
    pub counter: u32,
    /// Its owner is recognised.
    pub verified: bool,
    /// The page that it believes to be on.
    pub origin: &'static str,
    /// The name that it signs for.
    pub host: &'static str,
}

impl Device {
    pub fn new() -> Device {
        Device {
            keys: Vec::new(),
            counter: 1,
            verified: true,
            origin: "http://localhost",
            host: "localhost",
        }
    }

    fn said(&self, kind: &str, question: &Value) -> Vec<u8> {
        let challenge = &question["publicKey"]["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn data(&mut self, with: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.host.as_bytes()).as_ref().to_vec();
        data.push(PRESENT | with | if self.verified { VERIFIED } else { 0 });
        data.extend(self.counter.to_be_bytes());
        self.counter += 1;
        data
    }

    /// A new passkey; `None`: the question names one that it has.
    pub fn makes(&mut self, question: &Value) -> Option<Value> {
        let known = question["publicKey"]["excludeCredentials"].as_array();
        let has = |id: &Value| self.keys.iter().any(|k| *id == B64.encode(&k.id));
        if known.is_some_and(|all| all.iter().any(|k| has(&k["id"]))) {
            return None;
        }
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let number = digest(&SHA256, pair.public_key().as_ref());
        let key = Key {
            id: number.as_ref()[..20].to_vec(),
            handle: question["publicKey"]["user"]["id"]
                .as_str()
                .expect("an owner")
                .to_owned(),
            pair,
        };
        let point = key.pair.public_key().as_ref();
        let mut data = self.data(HAS_KEY);
        data.extend([0; 16]);
        data.extend([0, 20]);
        data.extend(&key.id);
        // As CBOR: an EC key for ES256 on P-256, its two coordinates.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).expect("short"));
        object.extend(data);
        let id = B64.encode(&key.id);
        self.keys.push(key);
        let response = json!({
            "attestationObject": B64.encode(object), "clientDataJSON": B64.encode(self.said("webauthn.create", question)),
        });
        Some(json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} }))
    }

    /// The answer to a log-in, with the newest passkey.
    pub fn signs(&mut self, question: &Value) -> Value {
        let (data, said) = (self.data(0), self.said("webauthn.get", question));
        let key = self.keys.last().expect("a passkey");
        let message = [data.as_slice(), digest(&SHA256, &said).as_ref()].concat();
        let signature = key.pair.sign(&SystemRandom::new(), &message).expect("a signature");
        let id = B64.encode(&key.id);
        let response = json!({
            "authenticatorData": B64.encode(data), "clientDataJSON": B64.encode(said),
            "signature": B64.encode(signature.as_ref()), "userHandle": key.handle,
        });
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} })
    }
}

/// Sends what the page's script would send.
pub async fn post_json(browser: &mut Browser, path: &str, body: &Value) -> Page {
    let request = browser
        .request("POST", path)
        .header("content-type", "application/json")
        .body(axum::body::Body::from(body.to_string()))
        .expect("a request");
    browser.send(request).await
}

pub fn json_of(page: &Page) -> Value {
    serde_json::from_slice(&page.body).unwrap_or_else(|_| panic!("{} {}", page.status, page.text()))
}

/// Asks the question; the browser keeps the ceremony.
pub async fn question(browser: &mut Browser, path: &str) -> Value {
    let page = browser.post(path, &[]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    json_of(&page)
}
