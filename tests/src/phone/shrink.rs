//! Makes a failing script as short as it gets.

/// The shortest script found of which `fails` still holds, which it must of `script`: stretches of it are left out as
/// long as that works, ever shorter ones, and then its bytes are made zero.
pub fn shrink(script: &[u8], mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut script = script.to_vec();
    loop {
        let before = script.clone();
        let mut len = script.len().div_ceil(2);
        while len > 0 {
            let mut at = 0;
            while at < script.len() {
                let end = script.len().min(at + len);
                let shorter = [&script[..at], &script[end..]].concat();
                if fails(&shorter) {
                    script = shorter;
                } else {
                    at = end;
                }
            }
            len /= 2;
        }
        for at in 0..script.len() {
            let mut plainer = script.clone();
            if std::mem::replace(&mut plainer[at], 0) != 0 && fails(&plainer) {
                script = plainer;
            }
        }
        if script == before {
            return script;
        }
    }
}
