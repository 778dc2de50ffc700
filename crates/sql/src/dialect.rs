//! What queries over traces need and the SQL of polars does not read: hexadecimal numbers, numbers beyond 63 bits,
//! and a column named `offset`, which it takes for the keyword.

use mmio_format::{Error, Result};
use sqlparser::dialect::GenericDialect;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// Most words of a query: polars takes memory by their square, 2 GB for four thousand.
const MAX_TOKENS: usize = 2_000;

/// The query with each `0x1f` as a decimal number, numbers of 64 bits as casts, and the column `offset` in quotes.
///
/// Text, names and comments stay as they are: the tokens are those that the SQL parser will see.
///
/// # Errors
/// [`Error::Request`] for a number of more than 64 bits and for a query of more than 2,000 words.
pub(super) fn rewrite(sql: &str) -> Result<String> {
    // What is not SQL is for the parser to explain.
    let Ok(mut tokens) = Tokenizer::new(&GenericDialect, sql).tokenize_with_location() else {
        return Ok(sql.into());
    };
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    if tokens.len() > MAX_TOKENS {
        return Err(Error::Request(format!("the query has more than {MAX_TOKENS} words")));
    }
    let mut places = Places { sql, byte: 0, at: Location { line: 1, column: 1 } };
    let (mut out, mut copied) = (String::with_capacity(sql.len()), 0);
    for (i, TokenWithSpan { token, span }) in tokens.iter().enumerate() {
        let (start, end) = (places.byte_of(span.start), places.byte_of(span.end));
        let source = sql.get(start..end).unwrap_or_default();
        let spelled = match offset(token, tokens.get(i + 1).map(|next| &next.token)) {
            Some(quoted) => Some(quoted),
            None => number(token, source)?,
        };
        if let Some(spelled) = spelled {
            out.push_str(&sql[copied..start]);
            out.push_str(&spelled);
            copied = end;
        }
    }
    out.push_str(&sql[copied..]);
    Ok(out)
}

/// The column `offset` in quotes. The keyword has a number after it, which a column never has.
fn offset(token: &Token, next: Option<&Token>) -> Option<String> {
    let Token::Word(word) = token else { return None };
    let is_column = word.quote_style.is_none() && word.value.eq_ignore_ascii_case("offset");
    let is_keyword = matches!(next, Some(Token::Number(..) | Token::HexStringLiteral(_)));
    (is_column && !is_keyword).then(|| "\"offset\"".into())
}

/// How a number is spelled for polars, if otherwise than it is.
fn number(token: &Token, source: &str) -> Result<Option<String>> {
    let value = match token {
        // X'1f' is a string of bytes.
        Token::HexStringLiteral(digits) if source.starts_with("0x") => {
            u64::from_str_radix(&digits.replace('_', ""), 16)
                .map_err(|_| Error::Request(format!("{source} is no number of up to 64 bits")))?
        }
        Token::Number(digits, _) => match digits.parse::<u64>() {
            Ok(value) if value > i64::MAX as u64 => value,
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(match i64::try_from(value) {
        Ok(value) => format!(" {value} "),
        Err(_) => format!(" CAST('{value}' AS BIGINT UNSIGNED) "),
    }))
}

/// Finds rising places of a text, which the tokenizer gives as lines and characters.
struct Places<'a> {
    sql: &'a str,
    byte: usize,
    at: Location,
}

impl Places<'_> {
    fn byte_of(&mut self, place: Location) -> usize {
        for c in self.sql[self.byte..].chars() {
            if (self.at.line, self.at.column) >= (place.line, place.column) {
                break;
            }
            self.byte += c.len_utf8();
            if c == '\n' {
                self.at = Location { line: self.at.line + 1, column: 1 };
            } else {
                self.at.column += 1;
            }
        }
        self.byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(sql: &str) -> String {
        rewrite(sql).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn hexadecimal_numbers_become_decimal() {
        assert_eq!(words("value = 0x20"), "value = 32");
        assert_eq!(words("a IN (0x1,0xfF)"), "a IN ( 1 , 255 )");
        assert_eq!(words("-0x10"), "- 16");
        assert_eq!(words("'ü' = x\nAND y=0x7fffffffffffffff"), format!("'ü' = x AND y= {}", i64::MAX));
    }

    #[test]
    fn numbers_of_64_bits_become_casts() {
        for sql in ["0xffffffffffffffff", "18446744073709551615"] {
            assert_eq!(words(sql), "CAST('18446744073709551615' AS BIGINT UNSIGNED)");
        }
        assert!(rewrite("pc = 0x10000000000000000").is_err());
        assert!(rewrite("pc = 0x").is_err());
    }

    #[test]
    fn the_column_offset_differs_from_the_keyword() {
        assert_eq!(
            words("SELECT bar, offset, Offset AS offset"),
            "SELECT bar, \"offset\", \"offset\" AS \"offset\""
        );
        assert_eq!(words("ORDER BY a.offset LIMIT 3 OFFSET 4"), "ORDER BY a.\"offset\" LIMIT 3 OFFSET 4");
        assert_eq!(words("OFFSET /* of rows */ 0x10"), "OFFSET /* of rows */ 16");
    }

    #[test]
    fn texts_names_and_comments_stay() {
        for sql in [
            "mark = 'offset 0x20'",
            "'it''s 0x20'",
            "E'it\\'s 0x20'",
            "\"0x20\" \"offset\"",
            "`0x20`",
            "$$0x20$$",
            "1 -- offset 0x20\n+ 2",
            "1 /* offset 0x20 */",
            "X'20'",
            "a0x20 offsets",
            "12345 + 1.5",
            "'unfinished 0x20",
            "",
        ] {
            assert_eq!(rewrite(sql).unwrap(), sql);
        }
    }

    #[test]
    fn a_query_without_end_is_refused() {
        assert!(rewrite(&"1+".repeat(2_000)).is_err());
    }
}
