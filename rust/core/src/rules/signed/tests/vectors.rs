//! RFC 8032, section 7.1: what the signatures must be.

use super::super::key::{PublicKey, SecretKey};

/// Seed, public key, message, signature.
const VECTORS: [[&str; 4]; 4] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
         5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
         18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
    [
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589\
         09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ],
];

/// The order of the group, lowest byte first (RFC 8032, section 5.1).
const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    bytes(hex).try_into().unwrap()
}

#[test]
fn signatures_are_those_of_the_rfc() {
    for [seed, public, message, signature] in VECTORS {
        let key = SecretKey::new(&array(seed));
        let (message, signature) = (bytes(message), array(signature));
        assert_eq!(key.public().as_bytes(), &array(public));
        assert_eq!(key.sign(&message), signature);
        assert!(key.public().verifies(&message, &signature));
        assert!(
            !key.public()
                .verifies(&[&message[..], b"x"].concat(), &signature)
        );
    }
}

#[test]
fn a_second_form_of_a_signature_is_none() {
    for [_, public, message, signature] in VECTORS {
        // S and S + L are the same scalar (RFC 8032, section 8.4).
        let mut second: [u8; 64] = array(signature);
        let mut carry = 0;
        for (byte, added) in second[32..].iter_mut().zip(bytes(ORDER)) {
            carry += u16::from(*byte) + u16::from(added);
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        let public = PublicKey::new(array(public)).unwrap();
        assert!(!public.verifies(&bytes(message), &second));
    }
}

#[test]
fn keys_that_fit_anything_are_none() {
    let mut identity = [0; 32];
    identity[0] = 1;
    for weak in [[0; 32], identity] {
        assert!(PublicKey::new(weak).is_err());
    }
    // No point has this y.
    let mut none = [0; 32];
    none[0] = 2;
    assert!(PublicKey::new(none).is_err());
}
