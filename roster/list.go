package roster

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tritop/config"
	"tritop/internal/sleep"
	"tritop/model"
)

// content is a file as it was read last.
type content struct {
	text  []byte
	err   error // why it could not be read; text is nil then
	again bool  // it can be read another time: it is no pipe
	begun bool  // it was read once
}

// read reads a file for the first time.
func (c *content) read(path string) error {
	c.text, c.again, c.err = config.Read(path)
	c.begun = true
	return c.err
}

// same says whether reading gave the same twice.
func (c content) same(other content) bool {
	return bytes.Equal(c.text, other.text) && fmt.Sprint(c.err) == fmt.Sprint(other.err)
}

// settleTime is how long a file must keep still before it is believed: a writer
// may be in the middle of it.
const settleTime = 100 * time.Millisecond

// changed reads a file again, and says whether it is another one than before. It
// is read whole each time: what a file's time and size do not tell (a link that
// points elsewhere, two writes in one moment), its text does.
func (c *content) changed(ctx context.Context, path string) bool {
	now := readAgain(path)
	if now.same(*c) {
		return false
	}
	for range 20 { // a file that is written all the time is taken as it is in the end
		if !sleep.For(ctx, settleTime) {
			return false
		}
		last := now
		if now = readAgain(path); now.same(last) {
			break
		}
	}
	if now.same(*c) { // it was away for a moment
		return false
	}
	c.text, c.err, c.again = now.text, now.err, c.again || now.err == nil
	return true
}

// readAgain reads a file; one that became a pipe cannot be read again and again.
func readAgain(path string) content {
	text, again, err := config.Read(path)
	if err == nil && !again {
		text, err = nil, errors.New("it is no file any more")
	}
	return content{text: text, err: err}
}

// list is one list of servers that is kept elsewhere.
type list struct {
	from   config.From
	file   content
	due    time.Time       // when the DNS name is asked again
	newest []config.Server // the newest that could be read
	err    error           // why the newest cannot be read
	good   []config.Server // in force
	known  bool            // good was read
	fault  trouble
}

// ListError says that a list cannot be read.
type ListError struct {
	Of  string // the file's path, or the DNS name
	Err error
}

// Error says which list and why.
func (e *ListError) Error() string { return "read the servers of " + e.Of + ": " + e.Err.Error() }
func (e *ListError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *ListError) Hint() string {
	if name, dns := strings.CutPrefix(e.Of, "dns "); dns {
		return "`dig SRV " + name + "` shows what the name server knows"
	}
	return "correct the path under servers_from, or write the list; [] is one without servers"
}

// readLists reads the lists that are in force or may come into force, side by
// side, and says whether any is news.
func (r *Roster) readLists(ctx context.Context, all bool) (news bool) {
	lists := r.force.lists
	if r.next != nil {
		lists = slices.Clone(lists)
		for _, l := range r.next.lists {
			if !slices.Contains(lists, l) {
				lists = append(lists, l)
			}
		}
	}
	told := make([]bool, len(lists))
	var reading sync.WaitGroup
	for i, l := range lists {
		reading.Go(func() { told[i] = l.read(ctx, r.opt.Resolver, all) })
	}
	reading.Wait()
	return slices.Contains(told, true)
}

// read brings the list up to date and says whether it is news.
func (l *list) read(ctx context.Context, resolver Resolver, all bool) (news bool) {
	var servers []config.Server
	var err error
	if l.from.DNS != "" {
		if time.Now().Before(l.due) && !all {
			return false
		}
		servers, err = lookup(ctx, resolver, l.from.DNS)
		l.due = time.Now().Add(everyDNS)
	} else {
		if !l.reread(ctx) {
			return false
		}
		if err = l.file.err; err == nil {
			servers, err = config.ParseTargets(l.from.Path, l.file.text)
		} else {
			err = config.Cause(err)
		}
	}
	switch {
	case err != nil || len(servers) > 0:
	case len(l.good) > 0:
		err = errors.New("it names no servers any more")
	case l.from.DNS != "":
		err = errNoRecords
	}
	news = fmt.Sprint(err) != fmt.Sprint(l.err) || err == nil && !reflect.DeepEqual(servers, l.newest)
	if l.err = err; err == nil {
		l.newest = servers
	}
	return news
}

// reread reads the list's file, and says whether it is another one than before.
func (l *list) reread(ctx context.Context) bool {
	switch {
	case !l.file.begun:
		_ = l.file.read(l.from.Path) // the content keeps it
		return true
	case l.file.err == nil && !l.file.again: // a pipe
		return false
	}
	return l.file.changed(ctx, l.from.Path)
}

// pending says whether something newer than what is in force could be read.
func (l *list) pending() bool {
	return l.err == nil && (!l.known || !reflect.DeepEqual(l.newest, l.good))
}

// notice says what is wrong with the list, and what stays in force.
func (l *list) notice() (n model.Notice, bad bool) {
	if l.fault.err == nil {
		return n, false
	}
	stays := "; the last good list stays in force: " + plural(len(l.good), "server")
	if len(l.good) == 0 {
		stays = "; no server of it is known"
	}
	return model.Notice{Topic: l.from.Name(), Text: words(l.fault.err, l.of()) + stays, Since: l.fault.since, Verdict: model.Degraded}, true
}

// of names the list in an error.
func (l *list) of() string { return model.CleanText(cmp.Or(l.from.Path, l.from.Name())) }

// dnsPatience is how long a name server may take.
const dnsPatience = 3 * time.Second

// lookup gives the servers of a DNS name with SRV records, by name. The port is
// that of gRPC; the others are beside it as Triton puts them.
func lookup(parent context.Context, resolver Resolver, name string) ([]config.Server, error) {
	ctx, cancel := context.WithTimeout(parent, dnsPatience)
	defer cancel()
	_, records, err := resolver.LookupSRV(ctx, "", "", name)
	if err != nil {
		return nil, dnsError(err)
	}
	var out []config.Server
	for _, rec := range records {
		s, err := config.ParseServer(net.JoinHostPort(strings.TrimSuffix(rec.Target, "."), strconv.Itoa(int(rec.Port))))
		if err != nil {
			return nil, fmt.Errorf("an SRV record cannot be used: %w", err)
		}
		out = append(out, s)
	}
	byName := func(a, b config.Server) int { return cmp.Compare(a.Spec.Name, b.Spec.Name) }
	slices.SortFunc(out, byName)
	return slices.CompactFunc(out, func(a, b config.Server) bool { return a.Spec == b.Spec }), nil
}

var errNoRecords = errors.New("the name has no SRV records")

// dnsError says in words why a name has no answer.
func dnsError(err error) error {
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &dns) && dns.IsTimeout:
		return fmt.Errorf("no answer from the name server within %s", dnsPatience)
	case errors.As(err, &dns) && dns.IsNotFound:
		return errNoRecords
	case dns != nil:
		return errors.New(dns.Err)
	}
	return err
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
