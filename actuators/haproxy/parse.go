package haproxy

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"tritop/actuators"
	"tritop/model"
)

// The bits of srv_admin_state.
const (
	maintBits = 0x01 | 0x02 | 0x04 | 0x20 | 0x40 // forced, inherited, by the file, by DNS, by a name that does not resolve
	drainBits = 0x08 | 0x10                      // forced, inherited
)

// table is an answer of rows under a header. Columns are found by name: their order
// and number differ from version to version.
type table struct {
	column map[string]int
	rows   [][]string
}

func (t *table) text(row []string, name string) string {
	if i, there := t.column[name]; there && i < len(row) {
		return row[i]
	}
	return ""
}

// number gives a whole number; an empty field is 0.
func (t *table) number(row []string, name string) (int, error) {
	text := t.text(row, name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s is %q, want a number", name, model.CleanName(text))
	}
	return n, nil
}

func (t *table) count(row []string, names ...string) (sum uint64) {
	for _, name := range names {
		n, err := strconv.ParseUint(t.text(row, name), 10, 64)
		if err == nil { // an empty field counts nothing
			sum += n
		}
	}
	return sum
}

func header(fields []string) map[string]int {
	out := make(map[string]int, len(fields))
	for i, f := range fields {
		out[strings.TrimPrefix(f, "# ")] = i
	}
	return out
}

// states reads the answer of `show servers state BACKEND`.
func states(text string) (*table, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 2 || !strings.HasPrefix(lines[1], "# ") {
		return nil, refused(text)
	}
	if lines[0] != "1" {
		return nil, fmt.Errorf("its list of servers has version %q, tritop knows 1: %w", model.CleanName(lines[0]), actuators.ErrUnsupported)
	}
	t := &table{column: header(strings.Fields(strings.TrimPrefix(lines[1], "# ")))}
	for _, line := range lines[2:] {
		if row := strings.Fields(line); len(row) > 0 {
			t.rows = append(t.rows, row)
		}
	}
	for _, name := range []string{"srv_name", "srv_admin_state", "srv_uweight", "srv_iweight", "srv_addr", "srv_port"} {
		if _, there := t.column[name]; !there {
			return nil, fmt.Errorf("its list of servers has no column %s: %w", name, actuators.ErrUnsupported)
		}
	}
	return t, nil
}

// stats reads the answer of `show stat BACKEND 4 -1`: servers only.
func stats(text string) (*table, error) {
	if !strings.HasPrefix(text, "# ") {
		return nil, refused(text)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("its statistics are no CSV (%s): %w", model.CleanName(err.Error()), actuators.ErrUnsupported)
	}
	return &table{column: header(rows[0]), rows: rows[1:]}, nil
}

// places joins both tables of one backend. A server that only one of them knows was
// added or removed in between, and is left out.
func places(st, ct *table) ([]model.Place, error) {
	counts := make(map[string][]string, len(ct.rows))
	for _, row := range ct.rows {
		counts[ct.text(row, "svname")] = row
	}
	var out []model.Place
	for _, row := range st.rows {
		p, err := placed(st, row)
		if err != nil {
			return nil, fmt.Errorf("its server %s: %w: %w", p.Endpoint, err, actuators.ErrUnsupported)
		}
		c, there := counts[st.text(row, "srv_name")]
		if !there {
			continue
		}
		counted(&p, ct, c)
		out = append(out, p)
	}
	return out, nil
}

func placed(st *table, row []string) (p model.Place, err error) {
	p.Endpoint = model.CleanName(st.text(row, "srv_name"))
	p.Address = model.CleanName(st.text(row, "srv_addr") + ":" + st.text(row, "srv_port"))
	admin, err := st.number(row, "srv_admin_state")
	if err != nil {
		return p, err
	}
	if p.Weight, err = st.number(row, "srv_uweight"); err != nil {
		return p, err
	}
	p.Configured, err = st.number(row, "srv_iweight")
	switch {
	case admin&maintBits != 0:
		p.Admin = model.AdminMaint
	case admin&drainBits != 0:
		p.Admin = model.AdminDrain
	}
	return p, err
}

func counted(p *model.Place, ct *table, row []string) {
	p.Status, p.Backup = model.CleanName(ct.text(row, "status")), ct.text(row, "bck") == "1"
	check := strings.TrimPrefix(ct.text(row, "check_status"), "* ") // running
	p.Check = model.CleanName(strings.TrimSpace(check + " " + ct.text(row, "check_code") + " " + ct.text(row, "last_chk")))
	switch {
	case check == "": // it is not checked: nobody knows
	case strings.HasPrefix(p.Status, "UP"), strings.HasPrefix(p.Status, "DRAIN"), strings.HasPrefix(p.Status, "NOLB"):
		p.Up = model.Yes
	case strings.HasPrefix(p.Status, "DOWN"):
		p.Up = model.No
	}
	p.InFlight, p.Queued = int(ct.count(row, "scur")), int(ct.count(row, "qcur")) //nolint:gosec // of one process
	p.Answered = ct.count(row, "hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx")
	p.Failed = ct.count(row, "hrsp_5xx", "econ", "eresp")
}

// info reads the answer of `show info`: "Name: value" lines.
func info(text string) map[string]string {
	out := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			out[name] = strings.TrimSpace(value)
		}
	}
	return out
}

// stamp reads the answer of `get var`: 0 where there is none.
func stamp(text string) uint64 {
	_, value, ok := strings.Cut(text, "value=<")
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(value, ">"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// refused gives HAProxy's own words as an error.
func refused(text string) error {
	first, _, _ := strings.Cut(text, "\n")
	if first == "" {
		first = "an empty answer"
	}
	return fmt.Errorf("%w: %s", actuators.ErrRefused, model.CleanName(first))
}
