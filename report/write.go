package report

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// Markdown writes the report for people, as GitHub and GitLab read it.
func (d *Document) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# tritop report\n\n%s\n\n**%s**\n", plain(d.headline()), plain(d.verdictLine()))
	for _, n := range d.Notes {
		fmt.Fprintf(&b, "\n- %s", plain(n))
	}
	if len(d.Notes) > 0 {
		b.WriteByte('\n')
	}
	for _, t := range d.tables() {
		fmt.Fprintf(&b, "\n## %s\n\n", t.title)
		if len(t.rows) == 0 {
			b.WriteString(t.empty + ".\n")
			continue
		}
		line := func(cells []string, change func(string) string) {
			for _, c := range cells {
				b.WriteString("| " + change(c) + " ")
			}
			b.WriteString("|\n")
		}
		line(t.head, plain)
		line(t.head, func(string) string { return "---" })
		for _, r := range t.rows {
			line(r, plain)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// plain makes text of what may hold marks of Markdown or HTML.
func plain(s string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", `\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "[", `\[`, "<", "&lt;", "&", "&amp;").Replace(s)
}

// style is all that the page needs besides its own text.
const style = `body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #d0d7de}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #eaeef2;overflow-wrap:anywhere}
.HEALTHY,.PASS{color:#116329}.DEGRADED,.FEW{color:#7d4e00}.UNHEALTHY,.FAIL{color:#a40e26;font-weight:600}.UNKNOWN,.NO_DATA{color:#57606a;font-style:italic}
figure{display:inline-block;margin:0 1rem 1rem 0;width:32rem;max-width:100%}figcaption{font-size:.85rem}
svg{width:100%;height:auto}svg text{font-size:11px;fill:#57606a}.axis{fill:none;stroke:#d0d7de}.line{fill:none;stroke:#0550ae;stroke-width:1.5;stroke-linecap:round}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}h2,td,th{border-color:#30363d}.HEALTHY,.PASS{color:#56d364}.DEGRADED,.FEW{color:#e3b341}.UNHEALTHY,.FAIL{color:#ff7b72}.UNKNOWN,.NO_DATA{color:#8b949e}.axis{stroke:#30363d}.line{stroke:#79c0ff}svg text{fill:#8b949e}}`

// judged are the words that have a colour of their own, and stand as text besides.
const judged = " HEALTHY DEGRADED UNHEALTHY UNKNOWN PASS FAIL FEW NO_DATA "

// HTML writes the report as one page: no script, nothing from elsewhere.
func (d *Document) HTML(w io.Writer) error {
	var b strings.Builder
	esc := html.EscapeString
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n"+
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>%s</title>\n<style>%s</style></head>\n<body>\n", esc("tritop report: "+d.Fleet), style)
	fmt.Fprintf(&b, "<h1>tritop report</h1>\n<p>%s</p>\n<p class=\"%s\">%s</p>\n", esc(d.headline()), esc(d.Verdict), esc(d.verdictLine()))
	if len(d.Notes) > 0 {
		b.WriteString("<ul>\n")
		for _, n := range d.Notes {
			fmt.Fprintf(&b, "<li>%s</li>\n", esc(n))
		}
		b.WriteString("</ul>\n")
	}
	for i, t := range d.tables() {
		t.html(&b)
		if i == 2 && len(d.Charts) > 0 {
			b.WriteString("<h2>Charts</h2>\n")
			for j := range d.Charts {
				d.Charts[j].svg(&b)
			}
		}
	}
	b.WriteString("</body>\n</html>\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (t *table) html(b *strings.Builder) {
	esc := html.EscapeString
	fmt.Fprintf(b, "<h2>%s</h2>\n", esc(t.title))
	if len(t.rows) == 0 {
		fmt.Fprintf(b, "<p>%s.</p>\n", esc(t.empty))
		return
	}
	b.WriteString("<table>\n<tr>")
	for _, h := range t.head {
		fmt.Fprintf(b, "<th>%s</th>", esc(h))
	}
	b.WriteString("</tr>\n")
	for _, r := range t.rows {
		b.WriteString("<tr>")
		for _, c := range r {
			if strings.Contains(judged, " "+c+" ") && !strings.Contains(c, " ") {
				fmt.Fprintf(b, "<td class=\"%s\">%s</td>", c, c)
				continue
			}
			fmt.Fprintf(b, "<td>%s</td>", esc(c))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
}
