//! A QR code (ISO/IEC 18004) as a drawing in the page.

use std::fmt::Write as _;

use askama::filters::Safe;
use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around it that readers want (§9.1).
const QUIET: usize = 4;

/// A drawing of the code for a text; nothing when the text is too long for one. `said` is for those who hear the page.
pub fn drawing(text: &str, said: &str) -> Safe<String> {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return Safe(String::new());
    };
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
        }
    }
    let side = width + 2 * QUIET;
    let said: String = said.chars().filter(|c| !"<>&\"".contains(*c)).collect();
    Safe(format!(
        r#"<svg class="qr" viewBox="0 0 {side} {side}" role="img" aria-label="{said}" shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="white"/><path fill="black" d="{path}"/></svg>"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_square_with_a_quiet_rim() {
        let drawn = drawing("http://127.0.0.1:8080/staff/paper?code=00005724", "a <code>").0;
        assert!(drawn.contains("viewBox=\"0 0 41 41\""), "{drawn}");
        assert!(drawn.contains("aria-label=\"a code\"") && drawn.contains("M4 4h1v1h-1z"));
        assert_eq!(drawing(&"x".repeat(5000), "").0, "");
    }
}
