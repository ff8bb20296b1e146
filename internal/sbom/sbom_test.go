package sbom_test

import (
	"bytes"
	"encoding/json"
	"runtime/debug"
	"testing"

	"suiji/internal/sbom"
)

func TestOf(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Path: "suiji/cmd/suiji",
		Deps: []*debug.Module{
			{Path: "example.com/a", Version: "v1.2.3", Sum: "h1:abc="},
			{Path: "example.com/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/c", Version: "v2.0.0+incompatible", Sum: "h1:def="}}},
		Settings: []debug.BuildSetting{{Key: "GOARCH", Value: "arm64"}, {Key: "vcs.time", Value: "2026-11-26T00:00:00Z"}}}
	text, err := sbom.Of(info, "v1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := sbom.Of(info, "v1")
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("the second time: %v\n%s", err, again)
	}
	var got struct {
		BOMFormat, SpecVersion string
		Metadata               struct {
			Component  struct{ Name, Version string }
			Properties []struct{ Name, Value string }
		}
		Components []struct {
			Name, PURL string
			Properties []struct{ Name, Value string }
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.BOMFormat != "CycloneDX" || got.SpecVersion != "1.6" || got.Metadata.Component.Name != "suiji" || got.Metadata.Component.Version != "v1" {
		t.Errorf("it begins with %+v", got)
	}
	if p := got.Metadata.Properties; len(p) != 1 || p[0].Name != "go:build:GOARCH" {
		t.Errorf("of the build it tells %v, want GOARCH alone", p)
	}
	want := []string{"pkg:golang/std@1.26.8", "pkg:golang/example.com/a@v1.2.3", "pkg:golang/example.com/c@v2.0.0%2Bincompatible"}
	for i, c := range got.Components {
		if c.PURL != want[i] {
			t.Errorf("component %d is %s, want %s", i, c.PURL, want[i])
		}
	}
	if len(got.Components) != len(want) || got.Components[1].Properties[0].Value != "h1:abc=" {
		t.Errorf("components %+v", got.Components)
	}
}
