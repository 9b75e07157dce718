-- The register once more: who stands behind an approval, and what objections, declarations and tips leave behind.

-- An approval says that an account is a named person's. Under another name or number it would say something that nobody has
-- looked at: it is taken back first.
create function person_identity_is_approved() returns trigger language plpgsql as $$
begin
    if (old.name, old.nip) is distinct from (new.name, new.nip) and exists (
        select 1 from account where person_id = old.person_id and approved_at is not null and unlinked_at is null
                                and platform <> 'tip') then
        raise exception 'accounts of person % are approved under the name and number that they have', old.person_id
            using errcode = 'check_violation', constraint = 'person_identity_approved';
    end if;
    return new;
end $$;
create trigger person_identity_approved before update of name, nip on person
    for each row execute function person_identity_is_approved();

-- A handle as the platforms compare it: in capitals it is the same account. A feed's address is not.
create function handle_key(platform text, handle text) returns text language sql immutable as
    $$ select case when platform = 'feed' then handle else ltrim(lower(handle), '@') end $$;
drop index account_handle;
create index account_handle on account (platform, handle_key(platform, handle));

-- Why an account's last day lies in the past: what was read after it counts no more.
alter table account
    add column end_why text not null default '',
    add constraint account_end_check check (length(end_why) <= 2000 and (end_why = '' or valid_to is not null));

-- An objection over the open form that comes soon after two people dismissed one of the same account is looked at before it
-- stops anything: else whoever knows a name and a number could keep an account from being read for ever.
alter table objection add column stops boolean not null default true;

-- What was declared stays as it was signed; which of it was taken stands beside it. Nobody's declaration waits for ever.
alter table declaration
    add column accepted jsonb,                      -- [{declared, account}]: place in `accounts`, id of the account
    drop constraint declaration_state_check,
    add constraint declaration_state_check check (state in ('waiting', 'accepted', 'refused', 'expired')),
    drop constraint declaration_minimal_check,
    add constraint declaration_minimal_check check (
        state not in ('refused', 'expired') or (signed_name = '' and accounts = '[]'));
update declaration d set accepted = coalesce((
    select jsonb_agg(jsonb_build_object('declared', e.n - 1, 'account', a.account_id) order by e.n)
    from jsonb_array_elements(d.accounts) with ordinality as e(declared, n)
    join account a on a.proof_note = 'pernyataan/' || d.declaration_id and a.platform = e.declared ->> 'platform'
        and a.handle = e.declared ->> 'handle'), '[]')
    where state = 'accepted';
alter table declaration
    add constraint declaration_accepted_check check (
        (accepted is not null) = (state = 'accepted') and coalesce(jsonb_typeof(accepted) = 'array', true));
