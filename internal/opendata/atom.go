package opendata

import (
	"encoding/xml"
	"slices"
	"time"
)

// Feed is an Atom feed (RFC 4287).
type Feed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []FeedLink  `xml:"link"`
	Entries []FeedEntry `xml:"entry"`
}

// FeedLink is an address in a feed.
type FeedLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

// FeedEntry is one piece of news; its ID stays when it is told anew.
type FeedEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    FeedLink `xml:"link"`
	Summary string   `xml:"summary,omitempty"`
}

// FeedLength is how many entries a feed has at most.
const FeedLength = 50

// News is something that a feed tells.
type News struct {
	Path    string // of the page, from the root
	Title   string
	Summary string
	At      time.Time
}

// Atom makes the feed of an address of a site, the newest first; query stands
// behind every address.
func Atom(site, path, query, title, author string, all []News) ([]byte, error) {
	self := site + path + query
	f := Feed{ID: self, Title: title, Author: author, Links: []FeedLink{{"self", self}}, Updated: time.Unix(0, 0).UTC().Format(time.RFC3339)}
	slices.SortStableFunc(all, func(a, b News) int { return b.At.Compare(a.At) })
	for _, n := range all[:min(FeedLength, len(all))] {
		at, href := n.At.UTC().Format(time.RFC3339), site+n.Path+query
		f.Updated = max(f.Updated, at)
		f.Entries = append(f.Entries, FeedEntry{href, n.Title, at, FeedLink{"", href}, n.Summary})
	}
	body, err := xml.MarshalIndent(f, "", " ")
	return append([]byte(xml.Header), body...), err
}
