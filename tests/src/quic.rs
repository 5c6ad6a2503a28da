//! QUIC Initials, protected as a client does.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{Aead, Payload};
use hkdf::Hkdf;
use sha2::Sha256;

/// A version 1 Initial with these frames and padding (RFC 9001, sections 5.2 to 5.4).
///
/// # Panics
/// Where the frames do not fit a datagram.
#[must_use]
pub fn initial(number: u8, frames: &[u8]) -> Vec<u8> {
    const SALT: [u8; 20] = [
        0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c,
        0xad, 0xcc, 0xbb, 0x7f, 0x0a,
    ];
    const CONNECTION: &[u8] = b"fuzzing!";
    let initial = Hkdf::<Sha256>::new(Some(&SALT), CONNECTION);
    let mut client = [0; 32];
    expand(&initial, b"client in", &mut client);
    let client = Hkdf::<Sha256>::from_prk(&client).expect("a whole secret");
    let (mut key, mut iv, mut mask_key) = ([0; 16], [0; 12], [0; 16]);
    expand(&client, b"quic key", &mut key);
    expand(&client, b"quic iv", &mut iv);
    expand(&client, b"quic hp", &mut mask_key);

    let mut frames = frames.to_vec();
    frames.resize(frames.len().max(1160), 0);
    let len = u32::try_from(1 + frames.len() + 16).expect("a datagram");
    let mut packet = vec![0xc0, 0, 0, 0, 1, 8];
    packet.extend(CONNECTION);
    packet.extend([0, 0]);
    packet.extend((len | 0x8000_0000).to_be_bytes());
    let number_at = packet.len();
    packet.push(number);
    iv[11] ^= number;
    let payload = Payload {
        msg: &frames,
        aad: &packet,
    };
    let sealed = Aes128Gcm::new(&key.into())
        .encrypt(&iv.into(), payload)
        .expect("a short message");
    packet.extend(sealed);

    let sample: [u8; 16] = *packet[number_at + 4..]
        .first_chunk()
        .expect("a long packet");
    let mut mask = sample.into();
    Aes128::new(&mask_key.into()).encrypt_block(&mut mask);
    packet[0] ^= mask[0] & 0x0f;
    packet[number_at] ^= mask[1];
    packet
}

/// HKDF-Expand-Label of TLS 1.3 (RFC 8446, section 7.1).
fn expand(secret: &Hkdf<Sha256>, label: &[u8], out: &mut [u8]) {
    let size = |len: usize| u8::try_from(len).expect("a short label");
    let full = [
        &[0, size(out.len()), size(label.len() + 6)],
        &b"tls13 "[..],
        label,
        &[0],
    ]
    .concat();
    secret.expand(&full, out).expect("a short output");
}
