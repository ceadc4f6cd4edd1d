//! The ASCII form of an international name (RFC 3492), for an error that shows it. The crate `idna` would bring the
//! tables of Unicode with it for this one message.

/// The name with each label in its ASCII form; `None` if that is not known.
pub(super) fn ascii(name: &str) -> Option<String> {
    // A letter and its mark are one letter in a name (NFC): to join them takes the tables too.
    if name.chars().any(|c| ('\u{300}'..='\u{36f}').contains(&c)) {
        return None;
    }
    let labels = name.to_lowercase();
    let labels = labels
        .split('.')
        .map(|label| if label.is_ascii() { Some(label.to_owned()) } else { Some(format!("xn--{}", encode(label)?)) });
    Some(labels.collect::<Option<Vec<_>>>()?.join("."))
}

/// RFC 3492, section 6.3, with the parameters of section 5.
fn encode(label: &str) -> Option<String> {
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut least, mut delta, mut bias, mut done) = (128, 0_u32, 72, basic);
    let length = u32::try_from(label.chars().count()).ok()?;
    while done < length {
        let next = label.chars().map(u32::from).filter(|c| *c >= least).min()?;
        delta = delta.checked_add((next - least).checked_mul(done + 1)?)?;
        least = next;
        for c in label.chars().map(u32::from) {
            if c < least {
                delta += 1;
            } else if c == least {
                push_number(&mut out, delta, bias);
                bias = adapted(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta += 1;
        least += 1;
    }
    Some(out)
}

fn push_number(out: &mut String, mut number: u32, bias: u32) {
    let digit = |value: u32| char::from(DIGITS[value as usize]);
    let mut k = 36_u32;
    loop {
        let threshold = k.saturating_sub(bias).clamp(1, 26);
        if number < threshold {
            out.push(digit(number));
            return;
        }
        out.push(digit(threshold + (number - threshold) % (36 - threshold)));
        number = (number - threshold) / (36 - threshold);
        k += 36;
    }
}

const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Section 6.1.
fn adapted(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_ascii_form() {
        for (name, expected) in [
            ("Müller.example", "xn--mller-kva.example"),
            ("münchen.acme.io", "xn--mnchen-3ya.acme.io"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
            ("plain.example", "plain.example"),
        ] {
            assert_eq!(ascii(name).as_deref(), Some(expected));
        }
    }
}
