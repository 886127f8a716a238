//! The library's words about the proofs of connections: found in its log, and said in ours.

/// What the library says of a peer without a name, whom it does not answer where proofs are demanded.
pub const NAMELESS: &str = "Unauthenticated connections not allowed.";

/// The connection and the library's words, in the log lines with which it lets a bad certificate pass or overhears a peer without a name.
pub fn about_a_proof(line: &str) -> Option<(u32, &str)> {
    let number = |text: &str| text.split(' ').next()?.parse().ok();
    if let Some(connection) = line.strip_prefix("[ConnectOK] Ignored bad #") {
        return line.ends_with(NAMELESS).then_some((number(connection)?, NAMELESS));
    }
    let connection = number(line.strip_prefix("[#")?)?;
    let (_, words) = line.rsplit_once(" Ignore cert failure (")?;
    Some((connection, words.rsplit_once(")  Connection is not secure.")?.0))
}

/// The library's words about a certificate, in ours; None when it said nothing.
pub fn in_words(said: Option<&str>) -> String {
    match said {
        None => "no certificate that is good here".to_owned(),
        Some(words) if words.starts_with("CA key ") && words.ends_with(" is not known to us") => {
            "the certificate is of an authority that is not trusted here".to_owned()
        }
        Some(words) if words.starts_with("Cert expired ") => {
            format!("the certificate expired {} s ago", words.split(' ').nth(2).unwrap_or("some"))
        }
        Some(NAMELESS) => "the other side has no name".to_owned(),
        Some("Signature verification failed") => "the certificate was changed or forged".to_owned(),
        Some(words) => format!("the certificate is not good ({words})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_librarys_line_about_a_bad_certificate_is_read() {
        let line = "[#123 UDP str:bob@127.0.0.1:9] Ignore cert failure (CA key 7 is not known to us)  Connection is not secure.";
        assert_eq!(about_a_proof(line), Some((123, "CA key 7 is not known to us")));
        let nobody = "[ConnectOK] Ignored bad #5 UDP invalid@127.0.0.1:9.  Unauthenticated connections not allowed.";
        assert_eq!(about_a_proof(nobody), Some((5, NAMELESS)));
        let sly = "[#5 UDP str:] Ignore cert failure (x@1.2.3.4:9] Ignore cert failure (Cert expired 3 seconds ago at 1)  Connection is not secure.";
        assert_eq!(about_a_proof(sly), Some((5, "Cert expired 3 seconds ago at 1")));
        for other in ["", "[#x UDP] Ignore cert failure (a)  Connection is not secure.", "[#1 UDP] connected", "#1"] {
            assert_eq!(about_a_proof(other), None);
        }
    }

    #[test]
    fn the_librarys_words_are_put_in_ours() {
        assert_eq!(
            in_words(Some("CA key 7 is not known to us")),
            "the certificate is of an authority that is not trusted here"
        );
        assert_eq!(
            in_words(Some("Cert expired 3 seconds ago at 9 (current time 12)")),
            "the certificate expired 3 s ago"
        );
        assert_eq!(in_words(Some("new words")), "the certificate is not good (new words)");
        assert_eq!(in_words(None), "no certificate that is good here");
    }
}
