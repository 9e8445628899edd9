//! Whether an SVG is only a drawing: known elements, no script, no reference to anything outside. Strict: what
//! is not known is refused, with a sentence that says what stands in the way.

use roxmltree::{Document, Node, ParsingOptions};

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";

/// Elements of SVG that draw or group.
const ELEMENTS: [&str; 30] = [
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "title",
    "desc",
    "metadata",
    "style",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "pattern",
    "marker",
    "filter",
    "feGaussianBlur",
    "feOffset",
    "feBlend",
    "switch",
];

/// What drawing programs add beside the drawing: read by nobody.
const TOOLS: [&str; 7] = [
    "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
    "http://www.inkscape.org/namespaces/inkscape",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/elements/1.1/",
    "http://www.serif.com/",
];

/// Elements at most: a coat of arms has some hundreds.
const MAX_ELEMENTS: u32 = 20_000;

/// Accepts a drawing.
///
/// # Errors
/// One sentence for the person: what stands in the way.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| "Die Datei ist keine SVG in UTF-8. Speichern Sie sie neu.".to_owned())?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_ELEMENTS * 4,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|e| match e {
        roxmltree::Error::DtdDetected => {
            "Die SVG enthält eine DTD (<!DOCTYPE …>). Speichern Sie sie als „einfaches SVG“.".to_owned()
        }
        roxmltree::Error::NodesLimitReached => {
            "Die SVG hat zu viele Teile. Vereinfachen Sie sie oder nehmen Sie eine PNG.".to_owned()
        }
        _ => "Die SVG ist beschädigt. Speichern Sie sie neu.".to_owned(),
    })?;
    let root = document.root_element();
    if root.tag_name().namespace() != Some(SVG) || root.tag_name().name() != "svg" {
        return Err("Die Datei ist keine SVG. Laden Sie eine SVG oder PNG hoch.".into());
    }
    document.descendants().try_for_each(node)
}

fn node(n: Node<'_, '_>) -> Result<(), String> {
    if n.is_pi() {
        return Err("Die SVG verweist auf eine andere Datei (<?…?>). Entfernen Sie den Verweis.".into());
    }
    if !n.is_element() {
        return Ok(());
    }
    let (namespace, name) = (n.tag_name().namespace().unwrap_or_default(), n.tag_name().name());
    if namespace == SVG {
        if !ELEMENTS.contains(&name) {
            return Err(match name {
                "script" => "Die SVG enthält ein Skript. Das geht hier nicht.".to_owned(),
                "image" => "In der SVG steckt ein Bild. Laden Sie das Wappen als PNG hoch.".to_owned(),
                _ => format!(
                    "Die SVG enthält „{name}“. Erlaubt sind nur Zeichnungen. Speichern Sie sie als „einfaches SVG“."
                ),
            });
        }
        if name == "style" {
            let css: String = n.descendants().filter_map(|d| d.text()).collect();
            style(&css)?;
        }
    } else if !TOOLS.contains(&namespace) {
        return Err(format!(
            "Die SVG enthält fremde Teile („{name}“). Speichern Sie sie als „einfaches SVG“."
        ));
    }
    for a in n.attributes() {
        attribute(a.namespace().unwrap_or_default(), a.name(), a.value())?;
    }
    Ok(())
}

fn attribute(namespace: &str, name: &str, value: &str) -> Result<(), String> {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("on") && namespace.is_empty() {
        return Err(format!("Die SVG enthält ein Skript ({name}). Das geht hier nicht."));
    }
    let link = lower == "href" && (namespace.is_empty() || namespace == XLINK);
    if link && !value.trim().starts_with('#') {
        return Err("Die SVG verweist auf etwas außerhalb. Binden Sie alles in die Datei ein.".into());
    }
    // Tools write addresses of their own into their own attributes; browsers do not read those.
    if namespace.is_empty() && !matches!(lower.as_str(), "href" | "d" | "id" | "class" | "viewbox" | "points") {
        style(value)?;
    }
    Ok(())
}

/// No reference to outside and nothing that could hide one.
fn style(css: &str) -> Result<(), String> {
    let lower: String = css
        .to_ascii_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let outside = lower.match_indices("url(").any(|(at, _)| {
        let target = lower[at + 4..].trim_start_matches(['"', '\'']);
        !target.starts_with('#')
    });
    // Escapes and comments could part a word that is looked for.
    let hidden = lower.contains('\\') || (lower.contains("/*") && lower.contains('('));
    let script = ["@import", "javascript:", "expression(", "-moz-binding", "behavior:"]
        .iter()
        .any(|w| lower.contains(w));
    if outside || hidden || script {
        return Err("Die SVG verweist auf etwas außerhalb. Binden Sie alles in die Datei ein.".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    fn svg(inner: &str) -> Vec<u8> {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 10 10\">{inner}</svg>").into_bytes()
    }

    #[test]
    fn a_drawing_passes() {
        for inner in [
            "<path d=\"M0 0h10v10z\" fill=\"#c00\"/>",
            "<defs><linearGradient id=\"a\"><stop offset=\"0\" stop-color=\"red\"/></linearGradient></defs><rect fill=\"url(#a)\" width=\"5\" height=\"5\"/>",
            "<style>.a{fill:url('#b');stroke:#000}</style><g class=\"a\"><circle r=\"3\"/></g>",
            "<symbol id=\"s\"><path d=\"M0 0\"/></symbol><use xlink:href=\"#s\"/><use href=\"#s\"/>",
            "<metadata><r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" r:about=\"\"/></metadata>",
        ] {
            assert_eq!(check(&svg(inner)), Ok(()), "{inner}");
        }
    }

    #[test]
    fn scripts_and_references_are_refused() {
        for inner in [
            "<script>alert(1)</script>",
            "<path onload=\"alert(1)\" d=\"M0 0\"/>",
            "<g ONCLICK=\"x()\"/>",
            "<image href=\"https://evil.example/x.png\"/>",
            "<use xlink:href=\"https://evil.example/x.svg#a\"/>",
            "<use href=\"data:image/svg+xml,x\"/>",
            "<a href=\"javascript:alert(1)\"><path d=\"M0 0\"/></a>",
            "<foreignObject><p xmlns=\"http://www.w3.org/1999/xhtml\">x</p></foreignObject>",
            "<p xmlns=\"http://www.w3.org/1999/xhtml\">x</p>",
            "<style>@import url(https://evil.example/a.css);</style>",
            "<style>.a{fill:url( \"//evil.example/x\" )}</style>",
            "<style>.a{fill:\\75rl(//evil.example)}</style>",
            "<style>.a{fill:u/**/rl(//evil.example)}</style>",
            "<rect style=\"fill:url(https://evil.example/x)\"/>",
            "<rect fill=\"url(https://evil.example/x)\"/>",
            "<animate attributeName=\"href\" to=\"javascript:alert(1)\"/>",
            "<set attributeName=\"onload\" to=\"x\"/>",
        ] {
            assert!(check(&svg(inner)).is_err(), "{inner}");
        }
    }

    #[test]
    fn what_is_no_svg_is_refused() {
        let with_dtd = b"<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&x;</svg>";
        let with_sheet =
            b"<?xml-stylesheet href=\"https://evil.example/a.css\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        for bytes in [
            &b"<html/>"[..],
            b"<svg/>",
            b"\xff\xfe",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\">",
            with_dtd,
            with_sheet,
        ] {
            assert!(check(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(
            check(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x --><svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
            Ok(())
        );
    }
}
