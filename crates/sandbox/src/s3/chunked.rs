//! The `aws-chunked` content coding: sized chunks, possibly signed, and a trailer of headers.

/// A decoded body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) body: Vec<u8>,
    pub(super) trailer: Vec<(String, String)>,
}

/// Decodes as far as the chunks are well formed; a length or checksum that does not fit then refuses the rest.
pub(super) fn decode(mut rest: &[u8]) -> Decoded {
    let mut decoded = Decoded::default();
    while let Some((line, after)) = line(rest) {
        rest = after;
        match size(line) {
            Some(0) => {
                decoded.trailer = trailer(rest);
                break;
            }
            Some(size) if size <= rest.len() => {
                decoded.body.extend_from_slice(&rest[..size]);
                rest = rest[size..].strip_prefix(b"\r\n").unwrap_or(&rest[size..]);
            }
            Some(_) | None => break,
        }
    }
    decoded
}

fn line(text: &[u8]) -> Option<(&str, &[u8])> {
    let end = text.windows(2).position(|pair| pair == b"\r\n")?;
    Some((std::str::from_utf8(&text[..end]).ok()?, &text[end + 2..]))
}

/// `400;chunk-signature=…` is 1,024 bytes.
fn size(line: &str) -> Option<usize> {
    usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()
}

fn trailer(mut rest: &[u8]) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    while let Some((line, after)) = line(rest) {
        rest = after;
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_chunks_are_joined_and_the_trailer_is_read() {
        let text = b"3;chunk-signature=aa\r\nabc\r\n2;chunk-signature=bb\r\nde\r\n0;chunk-signature=cc\r\nx-a:1\r\nx-b: 2\r\n\r\n";
        let decoded = decode(text);
        assert_eq!(decoded.body, b"abcde");
        assert_eq!(decoded.trailer, [("x-a".to_owned(), "1".to_owned()), ("x-b".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn a_chunk_that_is_cut_short_ends_the_body() {
        assert_eq!(decode(b"5\r\nabc").body, b"");
    }
}
