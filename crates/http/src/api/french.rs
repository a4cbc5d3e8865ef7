//! What refusals say, in French: each sentence by its English form. A `{name}` stands for whatever is said there.
//!
//! A field's own name is left out: the sentence stands at the field.

use regex::{Regex, RegexSet};
use std::sync::LazyLock;

/// The first form that fits is taken, so that what is particular stands before what is general.
const SENTENCES: &[(&str, &str)] = &[
    // Fields.
    ("The {field} field is required.", "Ce champ est obligatoire."),
    ("The {field} field is required: {why}.", "Ce champ est obligatoire."),
    ("The {field} field is required where {why}.", "Ce champ est obligatoire ici."),
    (
        "The {field} field is required for this type of extension.",
        "Ce champ est obligatoire pour ce type de poste.",
    ),
    ("The {field} field does not belong where {why}.", "Ce champ n’a pas sa place ici."),
    (
        "The {field} field is for extensions of type user only.",
        "Ce champ ne vaut que pour le poste d’un utilisateur.",
    ),
    ("The {field} field is written by OPBX itself.", "OPBX remplit ce champ lui-même."),
    ("The {field} field is not for you to change.", "Vous n’avez pas le droit de modifier ce champ."),
    (
        "The {field} field cannot change while ring group \"{name}\" rings the extension: take it out there first.",
        "Le groupe d’appel « {name} » fait sonner ce poste : retirez-l’en d’abord.",
    ),
    ("The {field} field cannot be changed any more.", "Ce champ ne peut plus être modifié."),
    ("The {field} field cannot be written.", "Ce champ ne peut pas être écrit."),
    ("The {field} field is not known here.", "Ce champ n’est pas connu ici."),
    ("The {field} field is not a field of these records.", "Ce champ n’est pas connu ici."),
    ("The {field} field is no destination.", "Ce n’est pas une destination."),
    ("The {field} field is no instant.", "Indiquez un moment."),
    ("The {field} field is invalid.", "Cette valeur n’est pas valable."),
    ("The {field} field has an invalid format.", "Le format n’est pas valable."),
    ("The {field} field holds something twice.", "Une valeur y figure deux fois."),
    (
        "The {field} field holds what is not known here: {names}.",
        "Contient ce qui n’est pas connu ici : {names}.",
    ),
    ("The {field} field holds too many telephones.", "Trop de téléphones."),
    ("The {field} field holds what is no id.", "Contient ce qui n’est pas un identifiant."),
    (
        "The {field} field holds a time at which another range begins.",
        "Une autre plage commence à cette heure.",
    ),
    ("The {field} field holds digits that another option has.", "Une autre option a déjà ces touches."),
    (
        "# ends the entry, so no key may hold it.",
        "La touche # termine la saisie : aucune option ne peut la contenir.",
    ),
    (
        "The {field} field holds an extension that is in the group already.",
        "Ce poste est déjà dans le groupe.",
    ),
    ("The {field} field holds at most {max} entries.", "{max} entrées au plus."),
    ("The {field} field holds at most {max} years.", "{max} années au plus."),
    ("The {field} field does not hold the record {id}.", "Ne contient pas l’enregistrement {id}."),
    ("The {field} field must not be empty.", "Ce champ est obligatoire."),
    ("The {field} field must be at least {min} characters.", "{min} caractères au moins."),
    ("The {field} field must not be longer than {max} characters.", "{max} caractères au plus."),
    ("The {field} field must have at most {max} characters.", "{max} caractères au plus."),
    ("The {field} field must have at most {max} bytes.", "{max} octets au plus."),
    ("The {field} field must have at most {max} digits after the point.", "{max} décimales au plus."),
    ("The {field} field must have at least {min} entries.", "{min} entrées au moins."),
    ("The {field} field must not have more than {max} entries.", "{max} entrées au plus."),
    ("The {field} field must hold at most {max} tags.", "{max} étiquettes au plus."),
    ("The {field} field must name at most {max} records.", "{max} enregistrements au plus."),
    ("The {field} field must be at least {min}.", "La valeur minimale est {min}."),
    ("The {field} field must be at most {max}.", "La valeur maximale est {max}."),
    ("The {field} field must not be greater than {max} MB.", "{max} Mo au plus."),
    ("The {field} field must not be greater than {max}.", "La valeur maximale est {max}."),
    ("The {field} field must be one of {words}.", "Valeurs possibles : {words}."),
    ("The {field} field must be one of: {words}.", "Valeurs possibles : {words}."),
    (
        "The {field} field must be a number in E.164: + and 7 to 15 digits.",
        "Un numéro E.164 : + et 7 à 15 chiffres.",
    ),
    ("The {field} field must be a number in E.164 or a SIP address.", "Un numéro E.164 ou une adresse SIP."),
    (
        "The {field} field must be a number that is neither infinite nor undefined.",
        "Indiquez un nombre fini.",
    ),
    ("The {field} field must be a number such as {example}.", "Un numéro, par exemple {example}."),
    ("The {field} field must be a telephone number.", "Indiquez un numéro de téléphone."),
    ("The {field} field must be an e-mail address.", "Indiquez une adresse e-mail."),
    ("The {field} field must be a valid email address.", "Indiquez une adresse e-mail."),
    ("The {field} field must be a valid date such as {example}.", "Une date, par exemple {example}."),
    ("The {field} field must be a valid instant such as {example}.", "Un moment, par exemple {example}."),
    ("The {field} field must be a valid URL.", "Indiquez une adresse web."),
    ("The {field} field must be a valid {what}.", "Cette valeur n’est pas valable."),
    (
        "The {field} field must be lower-case letters, digits and inner hyphens, at most 63.",
        "Des minuscules, des chiffres et des tirets à l’intérieur, 63 au plus.",
    ),
    ("The {field} field must be a time zone such as {example}.", "Un fuseau horaire, par exemple {example}."),
    (
        "The {field} field must be a country's two capital letters (ISO 3166-1).",
        "Les deux majuscules d’un pays (ISO 3166-1).",
    ),
    (
        "The {field} field must be an address that starts with {one} or {other}.",
        "Une adresse qui commence par {one} ou {other}.",
    ),
    ("The {field} field must be a SIP address such as {example}.", "Une adresse SIP, par exemple {example}."),
    ("The {field} field must be 1 to 10 keys out of 0 to 9 and *.", "1 à 10 touches parmi 0 à 9 et *."),
    (
        "The {field} field must be the beginning of a number: perhaps a +, then 1 to 12 digits.",
        "Le début d’un numéro : + si besoin, puis 1 à 12 chiffres.",
    ),
    (
        "The {field} field must be a time such as {example}, or an instant with its offset.",
        "Un moment, par exemple {example}.",
    ),
    ("The {field} field must be a time from {from} to {to}.", "Une heure de {from} à {to}."),
    ("The {field} field must be a language such as {example}.", "Une langue, par exemple {example}."),
    ("The {field} field must be of type {kind}.", "Ce n’est pas le type attendu."),
    ("The {field} field must be {min} to {max} digits.", "{min} à {max} chiffres."),
    ("The {field} field must be {expected}, not {found}.", "Ce n’est pas le type attendu."),
    ("The {field} field must be in the future.", "Choisissez un moment à venir."),
    ("The {field} field must differ from `pin`, {why}.", "Ce code doit différer de celui des participants."),
    (
        "The {field} field must differ from `start`; {why}.",
        "La fin doit différer du début ; 00:00 à 24:00 est la journée entière.",
    ),
    (
        "The {field} field must not hold line breaks or other control characters.",
        "Ni retours à la ligne ni caractères de contrôle.",
    ),
    (
        "The {field} field must hold a word for each telephone's number.",
        "Un mot pour le numéro de chaque téléphone.",
    ),
    ("The {field} field must name at least one event.", "Choisissez au moins un événement."),
    ("The {field} field must be {expected}.", "Cette valeur n’est pas valable."),
    (
        "The {field} field points at the record itself: {why}.",
        "Mène à soi-même : un appel tournerait en rond.",
    ),
    (
        "The {field} field names a {kind}, and this version has none yet.",
        "Cette version ne sait pas encore y mener.",
    ),
    (
        "The {field} field forwards to what is neither an extension nor a number nor a SIP address.",
        "Ce n’est ni un poste, ni un numéro, ni une adresse SIP.",
    ),
    (
        "The {field} field leads outside, and the extension may not call outside.",
        "Mène à l’extérieur, et le poste n’a pas le droit d’y appeler.",
    ),
    (
        "The {field} field belongs to a day that is closed: {how}.",
        "Ce jour est fermé : faites-en d’abord un jour d’horaires spéciaux.",
    ),
    (
        "The {field} field is closed, and the day has opening times: {how}.",
        "Ce jour est fermé et a des horaires : l’un des deux doit partir.",
    ),
    (
        "The {field} field names an extension that is no person's telephone: a group would never ring it.",
        "Ce poste n’est le téléphone de personne : un groupe ne le ferait jamais sonner.",
    ),
    (
        "The {field} field names an extension that is inactive: a group would not ring it.",
        "Ce poste est inactif : un groupe ne le ferait pas sonner.",
    ),
    ("The {field} field names a box that is not yours.", "Cette messagerie n’est pas la vôtre."),
    (
        "The {field} field cannot be used, for it is in use already: draw another.",
        "Cette clé sert déjà ailleurs : tirez-en une autre.",
    ),
    ("The {field} field are missing: {why}.", "Un jour d’horaires spéciaux a au moins une plage."),
    ("The {field} field leads back to the record itself.", "Revient à soi-même."),
    ("The {field} field goes through more than {max} levels.", "Plus de {max} niveaux."),
    ("The {field} field is refused: {why}.", "Refusé : {why}."),
    (
        "The {field} field cannot be hangup: a key leads somewhere.",
        "Une touche mène quelque part : elle ne peut pas raccrocher.",
    ),
    ("The {field} field cannot stand beside the {other} field.", "L’un exclut l’autre."),
    ("The {field} has already been taken.", "Cette valeur est déjà prise."),
    (
        "The selected {what} is inactive: \"{name}\" takes no calls.",
        "« {name} » est inactif et ne prend pas d’appels.",
    ),
    (
        "The selected {what} has no active member: \"{name}\" rings nobody.",
        "« {name} » n’a pas de membre actif : personne ne sonnerait.",
    ),
    ("The selected {what} does not exist.", "Cela n’existe pas."),
    ("The selected {what} is no extension of type ai_assistant.", "Ce n’est pas le poste d’un assistant IA."),
    ("The selected {what} is invalid.", "Ce choix n’est pas valable."),
    ("What was selected does not exist.", "Cela n’existe pas."),
    (
        "What was selected is inactive: \"{name}\" takes no calls.",
        "« {name} » est inactif et ne prend pas d’appels.",
    ),
    ("The menu cannot lead to itself.", "Un menu ne peut pas mener à lui-même."),
    ("The holidays of this country are not known.", "Les jours fériés de ce pays ne sont pas connus."),
    ("The year must lie between {from} and {to}.", "L’année doit être entre {from} et {to}."),
    ("There is no country {code} in ISO 3166-1.", "Il n’y a pas de pays {code} dans ISO 3166-1."),
    (
        "No country is called, coded or dialled like that.",
        "Aucun pays ne porte ce nom, ce code ou cet indicatif.",
    ),
    (
        "{number} is an emergency number of the company's country and cannot be an extension.",
        "{number} est un numéro d’urgence du pays de l’entreprise et ne peut pas être un poste.",
    ),
    // Passwords and ways in.
    ("The {field} must have at least {min} characters.", "{min} caractères au moins."),
    ("The {field} must have at most {max} characters.", "{max} caractères au plus."),
    (
        "The {field} must have at least one upper-case and one lower-case letter.",
        "Au moins une majuscule et une minuscule.",
    ),
    ("The {field} must have at least one digit.", "Au moins un chiffre."),
    ("The {field} must have at least one symbol.", "Au moins un symbole."),
    ("The {field} confirmation does not match.", "Les deux mots de passe diffèrent."),
    ("The current password is incorrect.", "Le mot de passe actuel est faux."),
    ("Change your own password in your profile.", "Changez votre propre mot de passe dans votre profil."),
    ("Choose another password first.", "Choisissez d’abord un autre mot de passe."),
    ("This link is unknown, was used, or is over.", "Ce lien est inconnu, déjà utilisé ou expiré."),
    ("Invalid credentials.", "L’adresse ou le mot de passe est faux."),
    ("User account is not active.", "Ce compte n’est pas actif."),
    ("Organization is not active.", "Cette entreprise n’est pas active."),
    ("Authentication required to access this resource.", "Connectez-vous d’abord."),
    ("Too many requests. Please try again in {seconds} s.", "Trop de demandes. Réessayez dans {seconds} s."),
    ("This action is unauthorized.", "Vous n’avez pas le droit de faire cela."),
    ("Nobody gives themselves another role.", "Personne ne se donne un autre rôle."),
    ("Nobody deletes or deactivates themselves.", "Personne ne se supprime ni ne se désactive soi-même."),
    (
        "Users of this role are for owners to manage.",
        "Les utilisateurs de ce rôle sont gérés par les propriétaires.",
    ),
    (
        "An organisation has at least one active owner, and this is the last.",
        "Une entreprise a au moins un propriétaire actif, et c’est le dernier.",
    ),
    (
        "A user has at most {max} API keys: delete one first.",
        "Un utilisateur a {max} clés d’API au plus : supprimez-en une d’abord.",
    ),
    ("This API key only reads.", "Cette clé d’API ne fait que lire."),
    // Records.
    ("No such record.", "Cela n’existe pas."),
    ("{what} not found.", "Cela n’existe pas."),
    (
        "Somebody else changed this record meanwhile. Look at it again before you save.",
        "Quelqu’un d’autre l’a modifié entre-temps. Regardez-le de nouveau avant d’enregistrer.",
    ),
    ("The configuration makes no plan: {why}.", "La configuration ne donne pas de plan : {why}."),
    ("A company has {max} call checks at most.", "Une entreprise a {max} contrôles d’appel au plus."),
    ("The job is over already.", "La tâche est déjà terminée."),
    // Sounds and files.
    ("This recording has no sound yet.", "Cet enregistrement n’a pas encore de son."),
    ("This address has expired. Ask for another.", "Cette adresse a expiré. Demandez-en une autre."),
    (
        "The sound could not be fetched: the host answers {status}.",
        "Le son n’a pu être cherché : le serveur répond {status}.",
    ),
    ("The sound could not be fetched: {why}.", "Le son n’a pu être cherché : {why}."),
    ("The file must be a sound of type mp3 or wav.", "Le fichier doit être un son de type mp3 ou wav."),
    (
        "The file has no column phone_number in its first line.",
        "Le fichier n’a pas de colonne phone_number dans sa première ligne.",
    ),
    ("The file cannot be read: {why}.", "Le fichier ne peut pas être lu : {why}."),
    (
        "The file cannot be kept now. Please try again later.",
        "Le fichier ne peut pas être gardé maintenant. Réessayez plus tard.",
    ),
    ("The file cannot be read now.", "Le fichier ne peut pas être lu maintenant."),
    (
        "No mail server is set up for this installation; its operator says which in the configuration.",
        "Aucun serveur de courrier n’est configuré ; l’exploitant de l’installation le nomme dans sa configuration.",
    ),
    // The carrier and live calls.
    (
        "The Cloudonix settings are not complete: the domain's UUID or API key is missing.",
        "Les réglages Cloudonix sont incomplets : l’UUID du domaine ou la clé d’API manque.",
    ),
    (
        "The Cloudonix settings are not complete: the webhook base URL is missing.",
        "Les réglages Cloudonix sont incomplets : l’adresse de base des webhooks manque.",
    ),
    (
        "The Cloudonix settings are not complete: {what} is missing.",
        "Les réglages Cloudonix sont incomplets.",
    ),
    (
        "The carrier failed several times in a row and is left alone for another {seconds} s.",
        "L’opérateur a échoué plusieurs fois de suite ; nouvel essai dans {seconds} s.",
    ),
    (
        "Too much is asked of the carrier at once; try again in {seconds} s.",
        "Trop de demandes à l’opérateur à la fois ; réessayez dans {seconds} s.",
    ),
    (
        "The extension is no person's and has no telephone of its own.",
        "Ce poste n’est celui de personne et n’a pas de téléphone.",
    ),
    ("Only one's own extension can be called from.", "On n’appelle que depuis son propre poste."),
    (
        "Nobody here has an extension on whose behalf the call could go there.",
        "Personne ici n’a de poste au nom duquel l’appel pourrait y aller.",
    ),
    ("The call is over.", "L’appel est terminé."),
    ("Only extensions of type user have a password.", "Seul le poste d’un utilisateur a un mot de passe."),
    // Everything else.
    ("The given data was invalid.", "Ces données ne sont pas valables."),
    ("The body is too large.", "C’est trop volumineux."),
    ("The body {said}.", "Ces données ne sont pas valables."),
    (
        "This cannot be done right now. Please try again in a moment.",
        "C’est impossible pour le moment. Réessayez dans un instant.",
    ),
    (
        "Something went wrong here. The request id finds it in the logs.",
        "Quelque chose a échoué ici. L’identifiant de la demande le retrouve dans les journaux.",
    ),
    ("This {what} is still used by {users}.", "Cela sert encore ailleurs et ne peut pas être supprimé."),
    ("There is nothing at this path.", "Il n’y a rien à cette adresse."),
];

/// A sentence in French; none where there are no words for it.
pub(super) fn of(sentence: &str) -> Option<String> {
    static FORMS: LazyLock<Vec<Regex>> =
        LazyLock::new(|| SENTENCES.iter().map(|(form, _)| form_of(form)).collect());
    static ANY: LazyLock<RegexSet> = LazyLock::new(|| {
        RegexSet::new(FORMS.iter().map(Regex::as_str)).expect("each of them is an expression by itself")
    });
    let at = ANY.matches(sentence).iter().next()?;
    let found = FORMS[at].captures(sentence)?;
    let mut told = SENTENCES[at].1.to_owned();
    for name in FORMS[at].capture_names().flatten() {
        told = told.replace(&format!("{{{name}}}"), &found[name]);
    }
    Some(told)
}

/// The expression for a form: its text as it stands, and anything but nothing at its places.
fn form_of(form: &str) -> Regex {
    let mut expression = String::from("^");
    let mut rest = form;
    while let Some((text, (name, after))) =
        rest.split_once('{').and_then(|(text, place)| Some((text, place.split_once('}')?)))
    {
        expression += &regex::escape(text);
        expression += &format!("(?<{name}>.+?)");
        rest = after;
    }
    expression += &regex::escape(rest);
    expression.push('$');
    Regex::new(&expression).expect("a form names each of its places once")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_told_with_what_it_says_of_this_case() {
        let told = |sentence: &str| of(sentence).unwrap_or_default();
        assert_eq!(told("The extension number field must be 3 to 5 digits."), "3 à 5 chiffres.");
        assert_eq!(told("The ring timeout field must be at least 5."), "La valeur minimale est 5.");
        assert_eq!(told("The name has already been taken."), "Cette valeur est déjà prise.");
        assert_eq!(
            told("The url field must be an address that starts with http:// or https://."),
            "Une adresse qui commence par http:// ou https://."
        );
        assert_eq!(of("Nobody has translated this."), None);
    }

    #[test]
    fn what_is_told_names_no_place_that_its_form_has_not() {
        for (form, told) in SENTENCES {
            let form_of = form_of(form);
            let places = told.split('{').skip(1).filter_map(|place| place.split_once('}'));
            for (place, _) in places {
                assert!(form_of.capture_names().flatten().any(|name| name == place), "{told}: {place}");
            }
        }
    }

    /// Else the particular one would never be told.
    #[test]
    fn no_form_stands_behind_one_that_takes_its_place() {
        for (at, (form, told)) in SENTENCES.iter().enumerate() {
            let example = form.replace(['{', '}'], "");
            let expected = form_of(form).captures(&example).map(|found| {
                let names = form_of(form);
                names
                    .capture_names()
                    .flatten()
                    .fold((*told).to_owned(), |told, name| told.replace(&format!("{{{name}}}"), &found[name]))
            });
            assert_eq!(of(&example), expected, "{at}: {form}");
        }
    }
}
