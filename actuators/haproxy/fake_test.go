package haproxy

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tritop/model"
)

// fake answers as HAProxy 2.6 was seen to (internal/e2e runs the same suite on a
// real one): commands behind one that fails still run, a reload forgets all.
type fake struct {
	mu       sync.Mutex
	servers  []*fakeServer
	vars     map[string]string
	pid      int
	commands []string         // that change something
	before   func(cmd string) // called with each command, unlocked
	hang     chan struct{}    // not nil: no answer until it is closed
}

type fakeServer struct {
	backend, name string
	admin, weight int
	inFlight      int
}

func newFake(t *testing.T, backends ...string) (*fake, string) {
	t.Helper()
	f := &fake{vars: map[string]string{}, pid: 100}
	for _, b := range backends {
		f.servers = append(f.servers, &fakeServer{backend: b, name: "a", weight: 100}, &fakeServer{backend: b, name: "b", weight: 100})
	}
	socket := filepath.Join(t.TempDir(), "h.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { f.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return f, socket
}

func (f *fake) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return
	}
	f.mu.Lock()
	hang, before := f.hang, f.before
	f.mu.Unlock()
	if hang != nil {
		<-hang
		return
	}
	for _, cmd := range strings.Split(strings.TrimSpace(line), ";") {
		cmd = strings.TrimSpace(cmd)
		if before != nil {
			before(cmd)
		}
		_, _ = fmt.Fprint(conn, f.answer(cmd))
	}
}

func (f *fake) reload() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pid, f.vars = f.pid+1, map[string]string{}
	for _, s := range f.servers {
		s.admin, s.weight = 0, 100
	}
}

func (f *fake) server(path string) *fakeServer {
	i := slices.IndexFunc(f.servers, func(s *fakeServer) bool { return s.backend+"/"+s.name == path })
	if i < 0 {
		return nil
	}
	return f.servers[i]
}

func (f *fake) answer(cmd string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := strings.Fields(cmd)
	switch {
	case cmd == "show info":
		return fmt.Sprintf("Name: HAProxy\nVersion: 2.6.12\nPid: %d\nStart_time_sec: 17\n\n", f.pid)
	case w[0] == "show":
		return f.show(w)
	case w[0] == "get":
		if v, there := f.vars[w[2]]; there {
			return fmt.Sprintf("%s: type=sint value=<%s>\n", w[2], v)
		}
		return "Variable not found.\n\n"
	case w[0] == "experimental-mode":
		return "\n"
	case w[0] == "set" && w[1] == "var":
		f.vars[w[2]] = strings.TrimSuffix(strings.TrimPrefix(w[3], "int("), ")")
		return "\n"
	}
	f.commands = append(f.commands, cmd)
	return f.set(w)
}

func (f *fake) show(w []string) string {
	var out strings.Builder
	stat := w[1] == "stat"
	backend := w[len(w)-1]
	out.WriteString("1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_port\n")
	if stat {
		backend = w[2]
		out.Reset()
		out.WriteString("# pxname,svname,qcur,scur,status,bck,check_status,check_code,last_chk,hrsp_2xx,hrsp_5xx,econ,eresp,\n")
	}
	known := false
	for i, s := range f.servers {
		if s.backend != backend {
			continue
		}
		known = true
		if stat {
			fmt.Fprintf(&out, "%s,%s,0,%d,UP,0,L7OK,200,OK,5,0,0,0,\n", s.backend, s.name, s.inFlight)
		} else {
			fmt.Fprintf(&out, "2 %s %d %s 127.0.0.1 2 %d %d 100 %d\n", s.backend, i, s.name, s.admin, s.weight, 8000+i)
		}
	}
	if !known {
		return "Can't find backend.\n\n"
	}
	return out.String() + "\n"
}

func (f *fake) set(w []string) string {
	s := f.server(w[len(w)-1])
	if w[0] == "set" {
		s = f.server(w[2])
	}
	switch {
	case s == nil:
		return "No such server.\n\n"
	case w[0] == "shutdown":
		s.inFlight = 0
	case w[3] == "weight":
		n, err := strconv.Atoi(w[4])
		if err != nil || n < 0 || n > 256 {
			return "Absolute weight can only be between 0 and 256 inclusive.\n\n"
		}
		s.weight = n
	default:
		s.admin = map[string]int{"ready": 0, "drain": 8, "maint": 1}[w[4]]
	}
	return "\n"
}

// foreign changes all places of an endpoint.
func (f *fake) foreign(endpoint string, s model.Setting) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, srv := range f.servers {
		if srv.name == endpoint {
			srv.weight, srv.admin = s.Weight, map[model.Admin]int{model.AdminDrain: 8, model.AdminMaint: 1}[s.Admin]
		}
	}
}

// hold puts a request on the first place of an endpoint.
func (f *fake) hold(endpoint string) (end func()) {
	add := func(n int) {
		f.mu.Lock()
		defer f.mu.Unlock()
		s := f.server(f.servers[0].backend + "/" + endpoint)
		s.inFlight = max(0, s.inFlight+n)
	}
	add(1)
	return func() { add(-1) }
}
