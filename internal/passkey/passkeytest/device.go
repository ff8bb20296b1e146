// Package passkeytest is a telephone, computer or token with a passkey, in
// software, for tests.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Device holds one key. What a test changes, the device lies about.
type Device struct {
	t        testing.TB
	Origin   string // that the browser says the page is of
	Host     string // whose key it is (RP ID)
	ID       []byte
	Count    uint32 // signatures made; 0 after Mute: it counts none
	Mute     bool
	Unasked  bool   // it does not ask its owner for a finger or a PIN
	Replaces string // the challenge that it signs instead of the page's; empty: the page's
	key      *ecdsa.PrivateKey
}

// New makes a device that is at an origin of a host.
func New(t testing.TB, origin, host string) *Device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &Device{t: t, Origin: origin, Host: host, ID: []byte(rand.Text()), key: key}
}

// Copy is another device with the same key and count.
func (d *Device) Copy() *Device {
	other := *d
	return &other
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// challenge reads what the page hands to the device.
func (d *Device) challenge(options []byte) string {
	d.t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(options, &o); err != nil || o.PublicKey.Challenge == "" {
		d.t.Fatalf("options %s: %v", options, err)
	}
	if d.Replaces != "" {
		return d.Replaces
	}
	return o.PublicKey.Challenge
}

// Create answers the options of an enrolment.
func (d *Device) Create(options []byte) string {
	d.t.Helper()
	client := d.client("webauthn.create", options)
	x, y := make([]byte, 32), make([]byte, 32)
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		d.t.Fatal(err)
	}
	copy(x, point[1:33])
	copy(y, point[33:])
	// COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, x...)
	cose = append(append(cose, 0x22, 0x58, 0x20), y...)
	data := d.data(0x40)
	data = append(data, make([]byte, 16)...) // no model
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.ID)))
	data = append(append(data, d.ID...), cose...)
	// CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
	object := append([]byte{0xa3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(object, 0xa0, 0x68), "authData"...)
	object = append(append(object, 0x58, byte(len(data))), data...)
	return d.answer(map[string]any{"clientDataJSON": b64(client), "attestationObject": b64(object)})
}

// Get answers the options of a proof.
func (d *Device) Get(options []byte) string {
	d.t.Helper()
	client := d.client("webauthn.get", options)
	if !d.Mute {
		d.Count++
	}
	data := d.data(0)
	sum := sha256.Sum256(client)
	sum = sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)})
}

func (d *Device) client(kind string, options []byte) []byte {
	d.t.Helper()
	raw, err := json.Marshal(map[string]any{"type": kind, "challenge": d.challenge(options), "origin": d.Origin, "crossOrigin": false})
	if err != nil {
		d.t.Fatal(err)
	}
	return raw
}

// data is what the device says of itself: the host, that its owner was there
// and was asked, and the count.
func (d *Device) data(flags byte) []byte {
	host := sha256.Sum256([]byte(d.Host))
	flags |= 0x01
	if !d.Unasked {
		flags |= 0x04
	}
	return binary.BigEndian.AppendUint32(append(host[:], flags), d.Count)
}

func (d *Device) answer(response map[string]any) string {
	d.t.Helper()
	raw, err := json.Marshal(map[string]any{"id": b64(d.ID), "rawId": b64(d.ID), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(raw)
}
