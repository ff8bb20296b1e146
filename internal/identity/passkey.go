package identity

import (
	"context"

	"suiji/internal/access"
	"suiji/internal/errs"
	"suiji/internal/passkey"
	"suiji/internal/store"
)

// Passkeys keeps the keys that are a second factor.
func (s *Service) Passkeys() *passkey.Service { return s.passkeys }

// owner is an account in this session's sign-in, to which a challenge is bound.
func (m *Sessions) owner(ctx context.Context, a Account) passkey.Owner {
	return passkey.Owner{Authority: a.Authority, Account: a.ID, Username: a.Username, Name: a.Name, Signin: m.Current(ctx)}
}

// AskPasskey returns as JSON what the browser hands to the device, for whoever
// is in or half way in.
func (m *Sessions) AskPasskey(ctx context.Context, p passkey.Purpose) ([]byte, error) {
	a, step := Halfway(ctx)
	if by := ActorFrom(ctx); by.ID != "" {
		var err error
		if a, err = m.s.Account(ctx, by.Authority, by.ID); err != nil {
			return nil, err
		}
	}
	if a.ID == "" || step == Code && p != passkey.ToShow || step == NewPassword {
		return nil, errs.E(errs.SignIn, "登录已失效，没有办理。请重新登录")
	}
	return m.s.passkeys.Ask(ctx, m.owner(ctx, a), p)
}

// AddPasskey takes a new key of by's own into use: answer is what the device
// signed. Whoever has no recovery codes gets ten, which are shown once. Sessions
// elsewhere end.
func (m *Sessions) AddPasskey(ctx context.Context, by access.Actor, name, answer string) (recovery []string, err error) {
	s := m.s
	a, err := s.Account(ctx, by.Authority, by.ID)
	if err != nil {
		return nil, err
	}
	err = s.door.Do(ctx, by, access.PasskeyEdit, a.ID, func(tx *store.DB) error {
		if err := s.passkeys.Enrol(ctx, tx, m.owner(ctx, a), name, answer); err != nil {
			return err
		}
		x, err := s.in(tx).Second(ctx, a)
		if err != nil {
			return err
		}
		if err := s.endSessions(ctx, tx, a); err != nil || x.Left > 0 {
			return err
		}
		recovery, err = s.recover(ctx, tx, a)
		return err
	})
	return recovery, err
}

// RenamePasskey calls a key of by's own something else.
func (s *Service) RenamePasskey(ctx context.Context, by access.Actor, id, name string) error {
	return s.door.Do(ctx, by, access.PasskeyEdit, by.ID+" "+id+" name", func(tx *store.DB) error {
		return s.passkeys.Rename(ctx, tx, passkey.Owner{Authority: by.Authority, Account: by.ID}, id, name)
	})
}

// RemovePasskey takes a key of by's own away; not the last second factor of
// somebody whose role needs one.
func (s *Service) RemovePasskey(ctx context.Context, by access.Actor, id string) error {
	a, err := s.Account(ctx, by.Authority, by.ID)
	if err != nil {
		return err
	}
	return s.door.Do(ctx, by, access.PasskeyEdit, a.ID, func(tx *store.DB) error {
		if err := s.passkeys.Remove(ctx, tx, a.Authority, a.ID, id); err != nil {
			return err
		}
		return s.in(tx).without(ctx, tx, a)
	})
}

// without ends what hangs on a second factor that was taken away; it refuses
// to take the last one of somebody whose role needs one.
func (s *Service) without(ctx context.Context, tx *store.DB, a Account) error {
	x, err := s.Second(ctx, a)
	if err != nil {
		return err
	}
	if !x.Any() {
		rules, err := s.Rules(ctx, a.Authority)
		if err == nil && rules.Needs(a) {
			err = errs.E(errs.Conflict, "您的角色须双因素登录，这是最后一个，没有移除。请先登记别的，或者请管理员当面核对后撤销")
		}
		if err != nil {
			return err
		}
		if err := s.forget(ctx, tx, a); err != nil {
			return err
		}
	}
	return s.endSessions(ctx, tx, a)
}

// ShowPasskey checks what a device of a's signed; it counts as a code of the
// telephone does.
func (m *Sessions) ShowPasskey(ctx context.Context, a Account, answer string) error {
	return m.s.prove(ctx, a, func(tx *store.DB) (refusal, err error) {
		return m.s.passkeys.Show(ctx, tx, m.owner(ctx, a), answer)
	})
}
