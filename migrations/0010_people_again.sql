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
